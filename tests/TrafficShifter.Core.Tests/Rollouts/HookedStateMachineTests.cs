using TrafficShifter.Core.Rollouts;
using Xunit.Abstractions;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>A plan with hooks before its steps, at its gate and after its end: all that holds without them holds with them, and more.</summary>
public sealed class HookedStateMachineTests(ITestOutputHelper output) : StateMachineTests(Explored, output)
{
    private static readonly Lazy<Exploration> Explored = new(() => Exploration.Of(World.Hooked));

    private protected override IEnumerable<string> Kinds => ["abort", "advance", "approve", "ask", "finish", "hear", "hold", "pause", "promote", "reject", "resume", "rollBack", "start"];

    /// <summary>13. No step begins and no gate opens before its hooks have passed, but by a person who promotes.</summary>
    [Fact]
    public void No_step_begins_and_no_gate_opens_before_its_hooks_passed() => Everywhere((before, what, decision, _, after) =>
    {
        var begins = after.Rollout.Phase == RolloutPhase.Progressing
            && (before.Rollout.Phase == RolloutPhase.Pending || before.Rollout.PausedFrom == RolloutPhase.Pending || after.Rollout.Step > before.Rollout.Step);
        if (begins) after.Rollout.Hooks.ShouldContain(h => h.Name == "smoke" && h.Step == after.Rollout.Step && h.Passed, $"{what}: {decision}");
        if (decision is Decision.Ask) after.Rollout.Hooks.ShouldContain(h => h.Name == "load" && h.Passed, $"{what}: {decision}");
    });

    /// <summary>14. A hook is asked only where the rollout would otherwise go forward: not in a pause, a freeze, an outage, on foreign weights, nor on the way back.</summary>
    [Fact]
    public void A_hook_is_asked_only_where_the_rollout_would_go_forward() => Everywhere((before, what, decision, tick, after) =>
    {
        var (known, asked) = (RolloutEngine.FindCall(before.Rollout), RolloutEngine.FindCall(after.Rollout));
        if (asked is null || asked == known) return;
        decision.ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Hook);
        (tick.Command, tick.Standstill, tick.MetricsAway, before.OwnWeights, before.State.Lock).ShouldBe((null, null, null, true, null), $"{what}: {decision}");
        (before.Rollout.Phase is RolloutPhase.Pending or RolloutPhase.Progressing).ShouldBeTrue();
        (what is Happening.NoNodes or Happening.NoServers || (what == Happening.Bad && before.Rollout.Phase == RolloutPhase.Progressing)).ShouldBeFalse($"{what}: {decision}");
    });

    /// <summary>15. An answer is noted once, and only while it is awaited; attempts are numbered without a gap. 16. A failure that rolls back does so in the same turn.</summary>
    [Fact]
    public void An_answer_is_noted_once_and_a_failure_rolls_back_at_once() => Everywhere((before, what, decision, tick, after) =>
    {
        var (answered, isTaken) = (tick.Hook?.Call, before.Rollout.Phase is RolloutPhase.Pending or RolloutPhase.Progressing && before.OwnWeights && decision is not Decision.Finish);
        foreach (var hook in after.Rollout.Hooks)
        {
            var noted = Attempts(before, hook);
            if (answered is null || (answered.Hook.Name, answered.Step) != (hook.Name, hook.Step)) hook.Attempts.ShouldBe(noted, $"{what}: {decision}");
            else hook.Attempts.ShouldBe(isTaken ? answered.Attempt : noted, $"{what}: {decision}");
        }
        if (what == Happening.HookFailed && answered?.Hook.Name == "smoke" && isTaken) decision.ShouldBeOfType<Decision.RollBack>().Sentence.ShouldContain("answered 500");

        static int Attempts(World world, HookState hook) => world.Rollout.Hooks.FirstOrDefault(h => (h.Name, h.Step) == (hook.Name, hook.Step))?.Attempts ?? 0;
    });

    /// <summary>17. However a rollout ends, its end's own transaction leaves the mark by which the hooks after it are found.</summary>
    [Fact]
    public void Every_end_leaves_the_mark_of_the_hooks_after_it()
    {
        Everywhere((before, _, decision, tick, after) =>
        {
            if (before.Rollout.Phase.IsEnd() || !after.Rollout.Phase.IsEnd()) return;
            RolloutChanges.Transition(after.Rollout, decision, tick, before.StateIndex, "01JD2X3Y4Z5A6B7C8D9E0F1G2J").Changes.ShouldContain(c => c.Key == $"hooks/shop/{after.Rollout.Id}");
            PostRollout.FindCall(after.Rollout)!.Delivery.ShouldBe($"{after.Rollout.Id}/end/after");
        });
    }
}
