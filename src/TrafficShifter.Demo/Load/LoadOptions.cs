namespace TrafficShifter.Demo.Load;

/// <summary>How much traffic, and where to. Without a count or a duration it runs until it is cancelled.</summary>
public sealed record LoadOptions
{
    /// <summary>Where requests go, in turn.</summary>
    public required IReadOnlyList<Uri> Targets { get; init; }

    /// <summary>Requests begun per second, up to 1,000,000. 0: as many as the connections allow.</summary>
    public double RequestsPerSecond { get; init; }

    /// <summary>Most requests under way at once, 1 to 10,000. When answers are slow, this bounds the rate.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Requests in all; null: no limit.</summary>
    public long? Count { get; init; }

    /// <summary>Time after which no request is begun; null: no limit.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Longest time for one request, connection and body included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The <c>Host</c> header, when it is not the target's own.</summary>
    public string? Host { get; init; }

    /// <exception cref="ArgumentException">A value is impossible.</exception>
    internal void Validate()
    {
        if (Targets.Count == 0) throw new ArgumentException("a load needs a target", nameof(Targets));
        if (RequestsPerSecond is not (>= 0 and <= 1_000_000)) throw new ArgumentException($"a rate is 0 to 1,000,000 requests a second, not {RequestsPerSecond}", nameof(RequestsPerSecond));
        if (Concurrency is < 1 or > 10_000) throw new ArgumentException($"concurrency is 1 to 10,000, not {Concurrency}", nameof(Concurrency));
    }
}
