using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using Xunit.Abstractions;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>A plan with a judge beside its check: all that holds without it holds with it, and more.</summary>
public sealed class JudgedStateMachineTests(ITestOutputHelper output) : StateMachineTests(Explored, output)
{
    private static readonly Lazy<Exploration> Explored = new(() => Exploration.Of(World.Judged));

    private protected override IEnumerable<string> Kinds => ["abort", "advance", "approve", "ask", "finish", "hold", "pause", "promote", "reject", "resume", "rollBack", "start"];

    /// <summary>18. No step ends and no gate opens without the judge's word of that very step, but by a person.</summary>
    [Fact]
    public void No_step_ends_without_the_judges_word() => Everywhere((before, what, decision, tick, _) =>
    {
        if (decision is not (Decision.Advance or Decision.Promote or Decision.Ask) || what == Happening.Promote) return;
        (tick.Judge?.Action, tick.Judge?.Step).ShouldBe((JudgeAction.Advance, before.Rollout.Step + 1), $"{what}: {decision}");
    });

    /// <summary>19. A verdict against the candidate is carried out in the same turn wherever a share of the rollout's own serves: paused, at a gate, without nodes too.</summary>
    [Fact]
    public void A_verdict_is_carried_out_at_once() => Everywhere((before, what, decision, tick, after) =>
    {
        var serves = before.Rollout.Phase == RolloutPhase.Progressing || before.Rollout is { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Progressing };
        if (what != Happening.JudgeWorse || !serves || !before.OwnWeights || decision is Decision.Finish) return;
        decision.ShouldBeOfType<Decision.RollBack>().Sentence.ShouldBe("green is Worse: all traffic back to blue");
        after.Green.ShouldBe(Share.None);
    });

    /// <summary>20. What the judge says moves nothing anywhere else: a rollout that has not begun, that ends, or whose weights are not its own.</summary>
    [Fact]
    public void A_verdict_moves_no_weights_that_are_not_the_rollouts_own() => Everywhere((before, what, decision, _, after) =>
    {
        if (what != Happening.JudgeWorse || before.Rollout.Phase == RolloutPhase.RollingBack || before.OwnWeights) return;
        after.WeightsIndex.ShouldBe(before.WeightsIndex, $"{decision}");
    });
}
