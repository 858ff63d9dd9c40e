namespace TrafficShifter.Core.Analysis.Tiles;

/// <summary>What was counted of one colour of an application in a stretch of time.</summary>
/// <param name="Requests">Those that were not targeted.</param>
/// <param name="Bad">Those of them that failed; never more.</param>
public sealed record ColourCounts(long Requests, long Bad)
{
    public static readonly ColourCounts None = new(0, 0);

    public LatencyCounts Latency { get; init; } = LatencyCounts.None;

    /// <summary>Requests that a target rule, an opt-out or a lock sent here. No part of a verdict.</summary>
    public TargetedCounts Targeted { get; init; }

    /// <summary>Requests meant for this colour that the other one served: bad ones of this colour.</summary>
    public long FailedOver { get; init; }

    /// <summary>The part of the requests that failed; null when there were none.</summary>
    public double? ErrorRatio => Requests == 0 ? null : (double)Bad / Requests;

    public static ColourCounts operator +(ColourCounts a, ColourCounts b) => new(a.Requests + b.Requests, a.Bad + b.Bad)
    {
        Latency = a.Latency + b.Latency,
        Targeted = a.Targeted + b.Targeted,
        FailedOver = a.FailedOver + b.FailedOver,
    };
}

public readonly record struct TargetedCounts(long Good, long Bad)
{
    public static TargetedCounts operator +(TargetedCounts a, TargetedCounts b) => new(a.Good + b.Good, a.Bad + b.Bad);
}
