using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using Xunit.Abstractions;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Every state that a rollout can reach, and everything that can happen in each: the list of what holds is in docs/architecture.md.</summary>
public abstract class StateMachineTests
{
    private readonly Lazy<Exploration> _explored;
    private readonly ITestOutputHelper _output;

    private protected StateMachineTests(Lazy<Exploration> explored, ITestOutputHelper output) => (_explored, _output) = (explored, output);

    private protected abstract IEnumerable<string> Kinds { get; }

    [Fact]
    public void Every_phase_is_reached_and_every_kind_of_decision_taken()
    {
        var worlds = _explored.Value.Worlds;
        _output.WriteLine($"{worlds.Count} states, {_explored.Value.Edges.Count} transitions");
        worlds.Select(w => w.Rollout.Phase).Distinct().ShouldBe(Enum.GetValues<RolloutPhase>(), ignoreOrder: true);
        _explored.Value.Edges.Select(e => e.Decision.Kind).Distinct().ShouldBe(Kinds, ignoreOrder: true);
    }

    /// <summary>1. Documents stay valid and sentences are said. 2. Weights move only with a decision that says so, to the share that is wanted. 3. What ended stays.</summary>
    [Fact]
    public void Weights_move_only_by_decisions_and_to_what_is_wanted() => Everywhere((before, what, decision, _, after) =>
    {
        after.Rollout.FindProblem().ShouldBeNull();
        decision.Sentence.ShouldNotBeNullOrWhiteSpace();
        if (before.Rollout.Phase.IsEnd()) (after.Rollout.Phase, after.Rollout.Outcome, after.Index, after.StateIndex >= before.StateIndex).ShouldBe((before.Rollout.Phase, before.Rollout.Outcome, before.Index, true));
        if (after.WeightsIndex == before.WeightsIndex) return;
        (decision is Decision.Start or Decision.Advance or Decision.Promote or Decision.RollBack or Decision.Abort or Decision.Reject or Decision.Resume { Reapplies: true }).ShouldBeTrue($"{what}: {decision}");
        after.Green.ShouldBe(RolloutEngine.WantedShare(after.Rollout));
        after.OwnWeights.ShouldBeTrue();
    });

    /// <summary>4. No step is skipped but by a person. 5. None ends without its time, a fresh pass, its nodes, its metrics and its gate.</summary>
    [Fact]
    public void A_step_ends_on_evidence_or_by_a_person() => Everywhere((before, what, decision, tick, after) =>
    {
        if (decision is Decision.Advance advance) advance.Step.ShouldBe(before.Rollout.Step + 1);
        if (decision is not (Decision.Advance or Decision.Promote) || what == Happening.Promote) return;
        var (step, last) = (before.Rollout.Plan.Steps[before.Rollout.Step], tick.Measurements is [.., var m] ? m : before.Rollout.Checks[0].Last);
        if (decision is Decision.Promote) before.Rollout.Step.ShouldBe(before.Rollout.Plan.Steps.Count - 1);
        before.Rollout.Phase.ShouldBe(RolloutPhase.Progressing);
        (before.Rollout.StepElapsed + tick.Elapsed).ShouldBeGreaterThanOrEqualTo(step.Hold);
        last.ShouldBeOfType<Measurement.Passed>();
        (tick.Now - last.At).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(10));
        tick.Nodes.Judge(before.Rollout.Plan.NodeGrace).ShouldBeOfType<NodeVerdict.Ready>();
        (tick.MetricsAway, tick.Standstill).ShouldBe((null, null));
        if (step.Gate is not null) before.Rollout.Gate!.Approval!.By.ShouldBe("anna");
    });

    /// <summary>6. In a standstill, and without servers, nothing goes forward, and no rollback counts as done. 7. Foreign weights are never written over but by a person or on the way back.</summary>
    [Fact]
    public void A_standstill_and_foreign_weights_stop_all_that_goes_forward() => Everywhere((before, what, decision, tick, after) =>
    {
        if (tick.Standstill is not null) (decision is Decision.Start or Decision.Advance or Decision.Promote or Decision.Resume).ShouldBeFalse($"{what}: {decision}");
        if (what == Happening.NoServers) (decision is Decision.Start or Decision.Advance or Decision.Promote || decision is Decision.Finish && before.Rollout.Phase == RolloutPhase.RollingBack && before.State.Lock is null && before.State.Rollout == before.Rollout.Id.ToString()).ShouldBeFalse($"{what}: {decision}");
        if (before.OwnWeights || after.WeightsIndex == before.WeightsIndex) return;
        (tick.Command is not null || before.Rollout.Phase == RolloutPhase.RollingBack).ShouldBeTrue($"{what}: {decision}");
    });

    /// <summary>8. The stable colour changes only when all traffic was seen on the other one. 9. A lock ends every rollout at once, and stays.</summary>
    [Fact]
    public void The_stable_colour_changes_by_success_alone_and_a_lock_ends_everything() => Everywhere((before, what, decision, tick, after) =>
    {
        if (after.State.Stable != before.State.Stable)
        {
            decision.ShouldBeOfType<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
            (after.Green, before.OwnWeights, tick.Nodes.Judge(before.Rollout.Plan.NodeGrace) is NodeVerdict.Ready).ShouldBe((Share.All, true, true));
        }
        if (what != Happening.Lock || before.Rollout.Phase.IsEnd()) return;
        after.Rollout.Phase.ShouldBe(RolloutPhase.RolledBack);
        after.State.Lock!.Reason.ShouldBe("fire");
        after.WeightsIndex.ShouldBe(before.WeightsIndex);
    });

    /// <summary>10. From every state an abort leads to the stable weights, with a crash after every write.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Abort_reaches_the_stable_weights_from_everywhere(bool crashing)
    {
        foreach (var from in Running())
        {
            var world = from.Play(Happening.Abort).Next;
            for (var i = 0; i < 5 && !world.Rollout.Phase.IsEnd(); i++) world = Next(world, i % 2 == 0 ? Happening.FrozenBad : Happening.Good, crashing);
            world.Rollout.Phase.IsEnd().ShouldBeTrue($"from {from.Key()}\nto {world.Key()}");
            world.Rollout.Phase.ShouldNotBe(RolloutPhase.Succeeded);
            if (from.State.Lock is null && from.State.Rollout == from.Rollout.Id.ToString()) (world.Green, world.State.Stable, world.State.Rollout).ShouldBe((Share.None, Colour.Blue, null), from.Key());
        }
    }

    /// <summary>11. From every state with own weights in which a share serves, failing checks lead to the stable weights: paused, at a gate, in a freeze too.</summary>
    [Theory]
    [InlineData(Happening.Bad, false)]
    [InlineData(Happening.FrozenBad, false)]
    [InlineData(Happening.FrozenBad, true)]
    public void Failing_checks_reach_the_stable_weights_wherever_a_share_serves(Happening bad, bool crashing)
    {
        foreach (var from in Running().Where(w => w.OwnWeights && (w.Rollout.Phase == RolloutPhase.Progressing || w.Rollout is { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Progressing })))
        {
            var world = from;
            for (var i = 0; i < 12 && !world.Rollout.Phase.IsEnd(); i++) world = Next(world, bad, crashing);
            world.Rollout.Phase.IsEnd().ShouldBeTrue($"from {from.Key()}\nto {world.Key()}");
            if (from.State.Lock is null && from.State.Rollout == from.Rollout.Id.ToString()) world.Green.ShouldBe(Share.None, from.Key());
        }
    }

    /// <summary>12. No state is a dead end: with everything well again and a person who resumes and approves, every rollout ends.</summary>
    [Fact]
    public void No_state_is_a_dead_end()
    {
        foreach (var from in Running())
        {
            var world = from;
            for (var i = 0; i < 60 && !world.Rollout.Phase.IsEnd(); i++)
                world = world.Play(i % 8 == 6 ? Happening.Resume : i % 8 == 7 ? Happening.Approve : Happening.Good).Next;
            world.Rollout.Phase.IsEnd().ShouldBeTrue($"from {from.Key()}\nto {world.Key()}");
            if (world.State.Rollout is not null) world.State.Rollout.ShouldNotBe(world.Rollout.Id.ToString(), "an application is free when its rollout has ended");
        }
    }

    private IEnumerable<World> Running() => _explored.Value.Worlds.Where(w => !w.Rollout.Phase.IsEnd());

    /// <summary>One turn; crashing: the process dies after each write, so the next turn is the first of another one.</summary>
    private static World Next(World world, Happening what, bool crashing)
    {
        var (next, decision, _) = world.Play(what);
        return crashing && decision is not (null or Decision.Hold) && !next.Rollout.Phase.IsEnd() ? next.Play(what is Happening.Good ? Happening.Crash : Happening.CrashBad).Next : next;
    }

    private protected void Everywhere(Action<World, Happening, Decision, RolloutTick, World> holds)
    {
        foreach (var edge in _explored.Value.Edges) holds(edge.Before, edge.What, edge.Decision, edge.Tick, edge.After);
    }
}

/// <summary>A plan with a gate.</summary>
public sealed class GatedStateMachineTests(ITestOutputHelper output) : StateMachineTests(Explored, output)
{
    private static readonly Lazy<Exploration> Explored = new(() => Exploration.Of(World.Gated));

    private protected override IEnumerable<string> Kinds => ["abort", "advance", "approve", "ask", "finish", "hold", "pause", "promote", "reject", "resume", "rollBack", "start"];
}
