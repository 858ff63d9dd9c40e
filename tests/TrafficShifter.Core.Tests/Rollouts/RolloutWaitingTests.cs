using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>What a rollout waits for: nodes and metrics.</summary>
public sealed class RolloutWaitingTests
{
    private static readonly RolloutNode Away = SomeRollout.Missing("hap2", 3);

    [Fact]
    public void Without_a_node_nothing_begins()
    {
        var some = new SomeRollout { Nodes = NodeReport.None };
        some.Turn().ShouldBe(new Decision.Hold(HoldReason.Nodes, "not started: no node is registered"));
    }

    [Fact]
    public void Without_metrics_nothing_begins()
    {
        var some = new SomeRollout { MetricsAway = new(TimeSpan.FromHours(1), "VictoriaMetrics http://vm refused the connection") };
        some.Turn().ShouldBe(new Decision.Hold(HoldReason.Metrics, "not started: VictoriaMetrics http://vm refused the connection"));
    }

    [Fact]
    public void The_step_waits_for_a_node_and_its_clock_stands()
    {
        var some = Settled();
        var clock = some.Rollout.StepElapsed;
        some.Nodes = With(Away);
        for (var i = 0; i < 20; i++) some.Turn().ShouldBe(new Decision.Hold(HoldReason.Nodes, "step 1 of 2 at 5%: waiting for node hap2 (unknown for 3s)"));
        some.Rollout.StepElapsed.ShouldBe(clock);
        some.Rollout.Decisions.Count(d => d.Why == "nodes").ShouldBe(1);
    }

    [Fact]
    public void A_node_that_comes_before_the_step_settled_lets_it_settle_anew()
    {
        var some = new SomeRollout();
        some.Turn();
        some.Turn();
        some.Turn();
        some.Nodes = With(Away);
        some.Turn();
        some.Rollout.Settling.ShouldBe(TimeSpan.Zero);
        some.Nodes = SomeRollout.Observed("hap1", "hap2");
        for (var i = 0; i < 2; i++) some.Turn().ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Settling);
        some.Turn().ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Time);
        some.Rollout.StepElapsed.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_broken_side_rolls_back_while_a_node_is_waited_for()
    {
        var some = Settled();
        some.Nodes = With(Away);
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>();
    }

    [Fact]
    public void After_its_grace_one_node_is_gone_on_without()
    {
        var some = Settled();
        some.Nodes = With(SomeRollout.Missing("hap2", 60));
        some.Until<Decision.Advance>().Sentence.ShouldBe("step 2 of 2: 50% to green: held 10s at 5% (without node hap2 (unknown for 1m)); errors: 0.001 is within max 0.01 (over 5s) by e");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(20, 19)]
    [InlineData(21, 20)]
    [InlineData(40, 38)]
    [InlineData(41, 39)]
    [InlineData(100, 95)]
    public void One_node_or_five_percent_may_be_missing_but_never_all(int nodes, int needed) =>
        new NodeReport([.. Enumerable.Range(0, nodes).Select(i => SomeRollout.Missing($"n{i}", 0))]).Needed.ShouldBe(needed);

    [Fact]
    public void More_nodes_than_may_be_missing_are_waited_for_however_long()
    {
        var some = Settled();
        some.Nodes = new([.. SomeRollout.Observed("hap1").Nodes, SomeRollout.Missing("hap2", 3600), SomeRollout.Missing("hap3", 100, NodeObservation.Failing) with { Problem = "no such backend" }]);
        some.Turn().Sentence.ShouldBe("step 1 of 2 at 5%: waiting for nodes hap2 (unknown for 1h), hap3 (failing for 1m40s: no such backend): 1 of 3 nodes observed, at least 2 needed");
    }

    [Fact]
    public void A_rollback_waits_for_nodes_and_then_ends_naming_those_left()
    {
        var some = Settled();
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>();
        some.Nodes = With(Away);
        some.Turn().ShouldBe(new Decision.Hold(HoldReason.Nodes, "all traffic back to blue: waiting for node hap2 (unknown for 3s)"));
        some.Nodes = With(SomeRollout.Missing("hap2", 60));
        some.Turn().ShouldBe(new Decision.Finish(RolloutPhase.RolledBack, "all traffic is back on blue (not observed on node hap2 (unknown for 1m))"));
    }

    [Fact]
    public void A_rollback_without_nodes_ends_after_the_grace()
    {
        var some = Settled();
        some.Nodes = NodeReport.None;
        some.Turn(1, new RolloutCommand.Abort("anna"));
        for (var i = 0; i < 60; i++) some.Turn().ShouldBe(new Decision.Hold(HoldReason.Nodes, "all traffic back to blue: no node is registered"));
        some.Turn().ShouldBe(new Decision.Finish(RolloutPhase.Aborted, "all traffic is back on blue (no node is registered)"));
    }

    [Fact]
    public void A_promotion_succeeds_only_when_it_is_observed()
    {
        var some = new SomeRollout();
        some.Until<Decision.Promote>();
        some.Nodes = With(Away with { Status = NodeObservation.Behind });
        some.Turn().ShouldBe(new Decision.Hold(HoldReason.Nodes, "100% to green: waiting for node hap2 (not there yet for 3s)"));
        some.State.Stable.ShouldBe(Colour.Blue);
        some.Nodes = SomeRollout.Observed("hap1", "hap2");
        some.Turn().ShouldBeOfType<Decision.Finish>();
    }

    [Fact]
    public void Metrics_that_are_away_hold_the_step_and_it_goes_on_when_they_return()
    {
        var some = Settled();
        var clock = some.Rollout.StepElapsed;
        some.Measure = (due, at) => new Measurement.Error { Check = due.Check.Name, Limit = "", Query = "", Window = due.Window, At = at, Sentence = "errors: could not be measured: refused" };
        for (var i = 1; i < 600; i++)
        {
            some.MetricsAway = new(TimeSpan.FromSeconds(i), "VictoriaMetrics http://vm refused the connection");
            some.Turn().ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Metrics);
        }
        some.Last!.Sentence.ShouldBe("step 1 of 2 at 5%: no metrics for 9m59s: VictoriaMetrics http://vm refused the connection");
        some.Rollout.StepElapsed.ShouldBe(clock);
        (some.MetricsAway, some.Measure) = (null, (due, at) => SomeRollout.Passed(due.Check.Name, at));
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Theory]
    [InlineData(OutageAction.Pause, typeof(Decision.Pause))]
    [InlineData(OutageAction.Rollback, typeof(Decision.RollBack))]
    [InlineData(OutageAction.Hold, typeof(Decision.Hold))]
    public void A_long_outage_does_what_the_plan_says(OutageAction action, Type decision)
    {
        var some = Settled(SomeRollout.Plan with { MetricsOutage = new() { Do = action } });
        some.MetricsAway = new(TimeSpan.FromMinutes(10), "refused");
        some.Turn().GetType().ShouldBe(decision);
        some.Last!.Sentence.ShouldContain("no metrics for 10m: refused");
    }

    [Fact]
    public void Holds_that_flap_never_push_out_why_the_share_moved()
    {
        var some = Settled(SomeRollout.Plan with { StepDeadline = TimeSpan.FromHours(1) });
        for (var i = 0; i < 300; i++)
        {
            some.Nodes = i % 2 == 0 ? With(Away) : SomeRollout.Observed("hap1", "hap2");
            some.Turn();
        }
        some.Rollout.Decisions.Count.ShouldBe(100);
        some.Rollout.Decisions[0].Kind.ShouldBe("start");
    }

    private static NodeReport With(RolloutNode node) => new([.. SomeRollout.Observed("hap1").Nodes, node]);

    private static SomeRollout Settled(Plan? plan = null)
    {
        var some = new SomeRollout(plan);
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(3)) some.Turn();
        return some;
    }
}
