using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What the judge's report means for the rollout's next move. Beside the checks: either stops a rollout, and both must agree to advance.</summary>
internal static class JudgeWord
{
    /// <summary>Why everything goes back, as a sentence; null when the judge does not say so.</summary>
    public static string? FindRollback(Rollout rollout, RolloutTick tick) =>
        rollout.Plan.IsJudged && tick.Judge is { Action: JudgeAction.RollBack } report ? report.Sentence : null;

    /// <summary>Why the judge does not let the step end, as a sentence; null when it does, or has no say in the step.</summary>
    /// <remarks>At 100 % no stable traffic is left to compare with: what the judge said before got the rollout there.</remarks>
    public static string? FindMissing(Rollout rollout, RolloutTick tick)
    {
        if (!rollout.Plan.IsJudged || rollout.Plan.Steps[rollout.Step].Share == Share.All) return null;
        if (tick.Judge is not { } report || report.Step != rollout.Step + 1) return tick.Judge?.Problem is { } early ? $"the judge has seen nothing of this step: {early}" : "the judge has seen nothing of this step yet";
        if (report.Action == JudgeAction.Advance) return null;
        return report.Problem is { } problem ? $"{report.Sentence} ({problem})" : report.Sentence;
    }

    /// <summary>The judge's sentence beside those of the checks; null where it has none of this step.</summary>
    public static string? Describe(Rollout rollout) =>
        rollout.Plan.IsJudged && rollout.Judge is { } report && report.Step == rollout.Step + 1 ? report.Sentence : null;
}
