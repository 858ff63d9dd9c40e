using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>A judge that is well content, unless something else happens.</summary>
internal static class JudgeSaying
{
    private static readonly JudgeReport Said = Say();

    public static JudgeReport? Of(Happening what, Rollout rollout)
    {
        if (what == Happening.JudgeSilent) return null;
        var (action, reason) = what switch
        {
            Happening.JudgeWorse => (JudgeAction.RollBack, JudgeReason.Worse),
            Happening.JudgeUnsure => (JudgeAction.Continue, JudgeReason.MoreEvidence),
            _ => (JudgeAction.Advance, JudgeReason.NotWorse),
        };
        return Said with { Action = action, Reason = reason, Step = rollout.Step + 1, Sentence = $"green is {reason}" };
    }

    private static JudgeReport Say()
    {
        var judge = Judge.Start(new JudgeConstants { Tick = TimeSpan.FromSeconds(1) }, interval: false);
        return JudgeReport.Of(judge, judge.Wait(TimeSpan.Zero), World.Begin(World.Gated).Rollout, new TargetedReport(default, default), null);
    }
}
