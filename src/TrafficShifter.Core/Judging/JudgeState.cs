using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Judging;

/// <summary>All that a judge knows, about 150 numbers: <c>judge/&lt;app&gt;</c>. A judge that is restored from it says the same as one that never stopped.</summary>
/// <remarks>The end of the last interval is in it, so that after a restart no interval is counted twice.</remarks>
public sealed record JudgeState : Document
{
    /// <summary>The rollout that it judges; null outside of one. A state of another rollout is none.</summary>
    public string? Rollout { get; init; }

    public required JudgeConstants Constants { get; init; }

    /// <summary>How often the state was lost in this rollout. Each time halves alpha, so that all together stay below twice of it.</summary>
    public int Losses { get; init; }

    public required int Tick { get; init; }

    public required int Step { get; init; }

    /// <summary>The highest step whose stake is placed.</summary>
    public required int PaidStep { get; init; }

    public Share? Share { get; init; }

    public DateTimeOffset? LastSample { get; init; }

    public required long DwellMilliseconds { get; init; }

    public required long StepRequests { get; init; }

    public required SideCounts Total { get; init; }

    /// <summary>Stable requests since the last one of the candidate, in this step.</summary>
    public required long StableAlone { get; init; }

    /// <summary>How long it has been sure that nothing reaches the candidate; -1 while it is not.</summary>
    public required long AloneMilliseconds { get; init; }

    /// <summary>The highest evidence so far, at least 1.</summary>
    public required double MaxE { get; init; }

    public required MixtureState Relative { get; init; }

    public required MixtureState Absolute { get; init; }

    /// <summary>In the order of the constants' latency tests.</summary>
    public required IReadOnlyList<MixtureState> Latency { get; init; }

    /// <summary>By the fine, the coarse and the last step's margin.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Go { get; init; }

    /// <summary>Errors first, then the latency tests.</summary>
    public required IReadOnlyList<PendingState> Pending { get; init; }

    /// <summary>Four counts for each of the last ticks, oldest first.</summary>
    public required IReadOnlyList<long> Window { get; init; }

    public IntervalState? Interval { get; init; }

    public override string? FindProblem() =>
        Constants.FindProblem() is { } problem ? $"constants: {problem}"
        : Latency.Count != Constants.Latency.Count || Pending.Count != Latency.Count + 1 || Go.Count != 3 ? "latency, pending, go: not as many as the constants say"
        : Relative.Wealth.Count != Constants.RatioBets.Count || Latency.Any(l => l.Wealth.Count != Constants.RatioBets.Count) ? "relative, latency: not one number for each bet"
        : Absolute.Wealth.Count != Constants.AbsoluteBets.Count || Go.Any(g => g.Count != Constants.GoBets.Count) ? "absolute, go: not one number for each bet"
        : Losses < 0 || Window.Count % 4 != 0 || Window.Count > 4 * Constants.WindowTicks ? "losses, window: out of range"
        : null;
}
