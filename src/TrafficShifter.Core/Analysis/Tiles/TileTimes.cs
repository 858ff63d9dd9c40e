namespace TrafficShifter.Core.Analysis.Tiles;

/// <summary>When tiles end, and when they may be read: by the metric source's clock, the same for every process.</summary>
/// <param name="Length">1 s to 5 s, whole seconds.</param>
/// <param name="Delay">How long after a tile's end the samples up to it are not looked for, because they are still on their way.</param>
public sealed record TileTimes(TimeSpan Length, TimeSpan Delay)
{
    /// <summary>The end of the latest tile that may be read at <paramref name="now"/>.</summary>
    public DateTimeOffset LatestEnd(DateTimeOffset now)
    {
        var at = now - Delay - DateTimeOffset.UnixEpoch;
        return DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(at.Ticks / Length.Ticks * Length.Ticks);
    }

    /// <summary>The end of the tile to read next; null when there is none yet. What was not read in its time is left out: a gap, alike for both colours.</summary>
    /// <param name="last">The end of the tile that was read last; null when none was.</param>
    public DateTimeOffset? FindNext(DateTimeOffset? last, DateTimeOffset now)
    {
        var latest = LatestEnd(now);
        if (last is not { } read) return latest;
        if (latest <= read) return null;
        return latest - read <= 3 * Length ? read + Length : latest;
    }
}
