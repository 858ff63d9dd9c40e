using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Judging;

/// <summary>What one interval showed, all of it at one share. An interval in which the share changed, or whose counts are incomplete, is none: <see cref="Judge.Skip"/>.</summary>
public readonly record struct JudgeTick
{
    /// <summary>End of the interval. One that is not after the last one's is the same sample again, and counts nothing.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Length of the interval, in whole milliseconds; above zero.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>The rollout's step, from 1 to <see cref="JudgeConstants.Steps"/>.</summary>
    public required int Step { get; init; }

    /// <summary>The candidate's configured share; null where it is not known, and then "no traffic reaches the candidate" is not judged.</summary>
    public Share? Share { get; init; }

    /// <summary>The step began anew since the last interval: other shares have served in between.</summary>
    public bool EntersAgain { get; init; }

    /// <summary>The rollout's clocks stood still: the interval is evidence, and no time of the step.</summary>
    public bool StandsStill { get; init; }

    /// <summary>Requests, and those that failed.</summary>
    public required SideCounts Errors { get; init; }

    /// <summary>Requests, and those slower than the bound which half of the stable side's exceeded; null when there is no such count now.</summary>
    public SideCounts? Slow50 { get; init; }

    /// <summary>As <see cref="Slow50"/>, for the bound that a tenth exceeded.</summary>
    public SideCounts? Slow90 { get; init; }

    /// <summary>As <see cref="Slow50"/>, for the bound that a hundredth exceeded.</summary>
    public SideCounts? Slow99 { get; init; }

    /// <summary>Agents report that the candidate has no usable server, or counted requests that failed over from it. Without it, no traffic is a reason to wait only.</summary>
    public bool CandidateUnreachable { get; init; }

    internal SideCounts? Slow(LatencyQuantile quantile) => quantile switch
    {
        LatencyQuantile.P50 => Slow50,
        LatencyQuantile.P90 => Slow90,
        _ => Slow99,
    };
}
