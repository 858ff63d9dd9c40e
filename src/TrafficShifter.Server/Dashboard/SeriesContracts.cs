using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Dashboard;

/// <summary>An application over time. Each list has one value for each moment of <see cref="At"/>; null is no data, which is not 0.</summary>
public sealed record SeriesAnswer
{
    /// <summary>Seconds since 1970, a step apart; the newest is the last complete step.</summary>
    public required IReadOnlyList<long> At { get; init; }

    /// <summary>Between two moments.</summary>
    public required TimeSpan Step { get; init; }

    /// <summary>Green's share as it was asked for, in percent.</summary>
    public required IReadOnlyList<double?> Asked { get; init; }

    /// <summary>Green's share as the nodes were read back with it, in percent.</summary>
    public required SeriesBand Observed { get; init; }

    /// <summary>Failed requests as a part of all, 0 to 1.</summary>
    public required SideSeries Errors { get; init; }

    /// <summary>Requests a second.</summary>
    public required SideSeries Requests { get; init; }

    /// <summary>In seconds.</summary>
    public required SideSeries Latency { get; init; }

    /// <summary>What the latency is: p50, p90, p99, or mean where only HAProxy's own mean is known.</summary>
    public required string LatencyOf { get; init; }

    /// <summary>What was decided or changed, oldest first.</summary>
    public required IReadOnlyList<SeriesMark> Marks { get; init; }

    /// <summary>Why the metrics are missing; null when they were asked.</summary>
    public string? Problem { get; init; }
}

public sealed record SideSeries(IReadOnlyList<double?> Blue, IReadOnlyList<double?> Green)
{
    public IReadOnlyList<double?> Of(Colour colour) => colour == Colour.Green ? Green : Blue;
}

/// <param name="Low">Of the node that has least.</param>
/// <param name="High">Of the node that has most.</param>
public sealed record SeriesBand(IReadOnlyList<double?> Low, IReadOnlyList<double?> High);

/// <param name="Id">The history entry's.</param>
/// <param name="Kind">A stable word for programs: <c>weights.set</c>, <c>rollout.advanced</c>.</param>
public sealed record SeriesMark(string Id, DateTimeOffset At, string Kind, string By, string Sentence, string? Rollout);
