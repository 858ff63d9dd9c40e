namespace TrafficShifter.Core.Judging;

/// <summary>What follows from the evidence. The first rule that fits decides; a rollback goes before everything.</summary>
/// <remarks>The deadline of the rollout and what a long outage of the metrics leads to are the plan's, and the caller's to watch.</remarks>
internal static class JudgeRules
{
    /// <summary>How long nothing must have reached a candidate, that agents call unreachable, for a rollback.</summary>
    private const long AloneMilliseconds = 60_000;

    private const int LeastForHealth = 10;

    public static (JudgeAction Action, JudgeReason Reason) Decide(JudgeConstants constants, JudgeEvidence evidence, StepClock clock, bool worse, double suspicion, bool unreachable)
    {
        if (worse) return (JudgeAction.RollBack, JudgeReason.Worse);
        if (unreachable && clock.Alone >= AloneMilliseconds) return (JudgeAction.RollBack, JudgeReason.NoTraffic);
        if (suspicion >= constants.Suspicion) return (JudgeAction.Hold, JudgeReason.Suspicion);
        var window = evidence.Window.Sum;
        if (window.StableRequests >= LeastForHealth && evidence.Absolute.IsUnhealthy(window)) return (JudgeAction.Hold, JudgeReason.StableUnhealthy);
        if (clock.Alone >= 0) return (JudgeAction.Hold, JudgeReason.NoTraffic);
        return GoOn(constants, evidence, clock);
    }

    /// <summary>Candidate requests that are missing to advance, by the margin that asks for the fewest.</summary>
    public static long? EstimateMissing(JudgeConstants constants, JudgeEvidence evidence, StepClock clock)
    {
        var total = clock.Total;
        if (total.CandidateRequests == 0 || total.StableRequests == 0) return null;
        var (ratio, odds, enough) = (total.StableBad / (double)total.StableRequests, total.CandidateRequests / (double)total.StableRequests, 1 / constants.AlphaGo);
        var (go, margin) = Coarse(constants, evidence, clock);
        if (evidence.Fine.E >= enough) return Math.Max(0, constants.MinRequests - clock.StepRequests);
        return go.EstimateMissing(enough, margin, constants.Phi, ratio, odds) is { } missing ? Math.Max(missing, Math.Max(0, constants.MinRequests - clock.StepRequests)) : null;
    }

    private static (JudgeAction Action, JudgeReason Reason) GoOn(JudgeConstants constants, JudgeEvidence evidence, StepClock clock)
    {
        var enough = 1 / constants.AlphaGo;
        var (coarse, _) = Coarse(constants, evidence, clock);
        if (clock.StepRequests >= constants.MinRequests)
        {
            if (clock.Dwell >= constants.MinDwell && evidence.Fine.E >= enough) return (JudgeAction.Advance, JudgeReason.NotWorse);
            if (clock.Dwell >= constants.MidDwell && coarse.E >= enough) return (JudgeAction.Advance, JudgeReason.NotMuchWorse);
        }
        if (clock.Step > 0 && clock.Dwell >= constants.MaxDwell)
            return (constants.OnNoEvidence switch { OnNoEvidence.Advance => JudgeAction.Advance, OnNoEvidence.Rollback => JudgeAction.RollBack, _ => JudgeAction.Hold }, JudgeReason.NoEvidence);
        return (JudgeAction.Continue, clock.Dwell < constants.MinDwell ? JudgeReason.TooEarly : JudgeReason.MoreEvidence);
    }

    private static (GoTest Test, double Margin) Coarse(JudgeConstants constants, JudgeEvidence evidence, StepClock clock) =>
        clock.Step == constants.Steps ? (evidence.Last, constants.MarginLast) : (evidence.Coarse, constants.MarginCoarse);
}
