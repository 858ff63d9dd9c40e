using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Judging;

/// <summary>What the judge says after a tick.</summary>
public enum JudgeAction
{
    /// <summary>All is well so far, and more evidence is being gathered.</summary>
    Continue,

    /// <summary>Nothing may go forward.</summary>
    Hold,

    /// <summary>The step may end; after the last one the candidate may be promoted. A plan's own hold times and checks stand beside it.</summary>
    Advance,

    /// <summary>Final: every later tick says so too.</summary>
    [JsonStringEnumMemberName("rollback")]
    RollBack,
}

/// <summary>Why; a stable word for programs.</summary>
public enum JudgeReason
{
    /// <summary>The step is younger than its least time.</summary>
    TooEarly,

    /// <summary>Too few candidate requests, or too little evidence that the candidate is not worse.</summary>
    MoreEvidence,

    /// <summary>The candidate is worse than the stable side: the evidence reached 1/alpha.</summary>
    Worse,

    /// <summary>The candidate looks worse, not yet beyond doubt.</summary>
    Suspicion,

    /// <summary>The stable side fails by itself, so that no comparison is fair.</summary>
    StableUnhealthy,

    /// <summary>Requests reach the stable side only.</summary>
    NoTraffic,

    /// <summary>The counters have not been read anew for too long.</summary>
    Stale,

    /// <summary>The candidate is not worse than the stable side by more than the fine margin.</summary>
    NotWorse,

    /// <summary>The candidate is not worse than the stable side by more than the coarse margin, or in the last step by that of the last step.</summary>
    NotMuchWorse,

    /// <summary>The step's longest dwell is over without enough evidence that the candidate is not worse.</summary>
    NoEvidence,
}

/// <summary>The judge's word and all numbers that led to it. An e-value is evidence: 1 is none, and by chance it ever reaches x at most once in x rollouts.</summary>
public readonly record struct JudgeVerdict
{
    public required JudgeAction Action { get; init; }

    public required JudgeReason Reason { get; init; }

    /// <summary>Weighted average of all e-values against the candidate.</summary>
    public required double E { get; init; }

    /// <summary>As <see cref="E"/>, without the absolute test where its guard fails; a rollback needs 1/alpha.</summary>
    public required double ERoll { get; init; }

    /// <summary>What suspicion is measured by: <see cref="E"/>, guard or not.</summary>
    public double ESus => E;

    /// <summary>How likely at most a candidate that is as good as the stable side would have looked this bad at any time so far.</summary>
    public required double PAnytime { get; init; }

    /// <summary>Error ratio against the stable side's.</summary>
    public required double ERelative { get; init; }

    /// <summary>Error ratio against the ceiling p0; 1 when that test is off.</summary>
    public required double EAbsolute { get; init; }

    /// <summary>Part of requests slower than the bound of this quantile; 1 without such a test.</summary>
    public required double ESlow50 { get; init; }

    public required double ESlow90 { get; init; }

    public required double ESlow99 { get; init; }

    /// <summary>Evidence that the candidate is not worse by the fine margin; it is believed from 1/alphaGo on.</summary>
    public required double GoFine { get; init; }

    public required double GoCoarse { get; init; }

    public required double GoLast { get; init; }

    /// <summary>The absolute test alone could roll back, so that the stable side must be seen healthy and the errors seen on the candidate.</summary>
    public required bool GuardNeeded { get; init; }

    /// <summary>False when the guard is needed and fails.</summary>
    public required bool GuardPassed { get; init; }

    /// <summary>Number of ticks counted.</summary>
    public required int Tick { get; init; }

    public required int Step { get; init; }

    /// <summary>How long the step has lasted, samples being there.</summary>
    public required TimeSpan Dwell { get; init; }

    public required long StepRequests { get; init; }

    /// <summary>Everything counted since the rollout began.</summary>
    public required SideCounts Total { get; init; }

    /// <summary>Counts of the last minute at this share: what the stable side is seen healthy by.</summary>
    public required SideCounts LastMinute { get; init; }

    /// <summary>About how many candidate requests more it takes to advance if the candidate is as good as the stable side; null when that cannot be said, 0 when it is enough.</summary>
    public required long? MissingRequests { get; init; }

    /// <summary>Counts of this tick had more bad requests than requests, and were taken as all bad.</summary>
    public required bool Skewed { get; init; }
}
