using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Overview;

public sealed class FleetRowTests
{
    private static readonly FleetNodes TwoNodes = Nodes(("hap1", 9, []), ("hap2", 9, []));

    [Fact]
    public void An_application_without_a_rollout_is_quiet_and_says_who_set_its_weights()
    {
        var row = Row(weights: Some.Weights(90, 10) with { By = "anna", Reason = "release 42", At = Some.Noon });

        row.ShouldBe(new FleetRow
        {
            App = Some.Shop, Stable = Colour.Blue, Green = Share.Parse("10%"), Standing = Standing.Quiet, Sentence = "blue 90% / green 10%, by anna: release 42", Since = Some.Noon, Observed = 2, Index = 8,
        });
    }

    [Theory]
    [InlineData(RolloutPhase.Pending, null, null, Standing.Moving)]
    [InlineData(RolloutPhase.Progressing, "advance", null, Standing.Moving)]
    [InlineData(RolloutPhase.Progressing, "hold", "time", Standing.Moving)]
    [InlineData(RolloutPhase.Progressing, "hold", "settling", Standing.Moving)]
    [InlineData(RolloutPhase.Progressing, "hold", "nodes", Standing.Held)]
    [InlineData(RolloutPhase.Progressing, "hold", "metrics", Standing.Held)]
    [InlineData(RolloutPhase.Pending, "hold", "metrics", Standing.Held)]
    [InlineData(RolloutPhase.Promoting, "promote", null, Standing.Moving)]
    [InlineData(RolloutPhase.Paused, "pause", null, Standing.Waiting)]
    [InlineData(RolloutPhase.RollingBack, "rollBack", null, Standing.RolledBack)]
    public void The_rollout_says_how_the_application_stands(RolloutPhase phase, string? kind, string? why, Standing expected)
    {
        var rollout = Rollout(phase) with { Decisions = kind is null ? [] : [new DecisionRecord(Some.Noon, kind, "because", Why: why)] };

        var row = Row(rollout: rollout);

        row.Standing.ShouldBe(expected);
        row.Sentence.ShouldBe(kind is null ? "waiting to start" : "because");
        row.Rollout.ShouldBe(new FleetRollout(rollout.Id, Colour.Green, phase, 1, 2, RolloutEngine.WantedShare(rollout), Gate: false));
    }

    [Fact]
    public void A_gate_waits_for_a_person_until_it_is_approved()
    {
        var rollout = Rollout(RolloutPhase.Progressing) with { Gate = new GateState(TimeSpan.Zero) };

        Row(rollout: rollout).Standing.ShouldBe(Standing.Waiting);
        Row(rollout: rollout).Rollout!.Gate.ShouldBeTrue();
        Row(rollout: rollout with { Gate = new GateState(TimeSpan.Zero, new Approval("ben", Some.Noon)) }).Standing.ShouldBe(Standing.Moving);
    }

    [Fact]
    public void A_lock_says_who_and_why_and_where_the_traffic_is()
    {
        var row = Row(state: Some.State with { Lock = Some.Lock(Colour.Blue) }, weights: Some.Weights(0, 100));

        (row.Standing, row.Sentence, row.Since, row.Lock, row.Green).ShouldBe((Standing.Locked, "locked to blue by ben: errors", Some.Noon, Colour.Blue, Share.None));
    }

    [Theory]
    [InlineData("rollout.rolledBack", Standing.RolledBack, "5xx 4.1 %")]
    [InlineData("rollout.aborted", Standing.RolledBack, "5xx 4.1 %")]
    [InlineData("rollout.succeeded", Standing.Quiet, "blue 100% / green 0%")]
    [InlineData("weights.set", Standing.Quiet, "blue 100% / green 0%")]
    public void A_rollout_that_went_back_is_shown_until_something_else_happens(string kind, Standing expected, string sentence)
    {
        var row = Row(last: new TrafficEvent { Id = "1", App = Some.Shop, Kind = kind, By = "controller", At = Some.Noon, Sentence = "5xx 4.1 %" });

        (row.Standing, row.Sentence).ShouldBe((expected, sentence));
    }

    [Fact]
    public void A_node_that_serves_something_else_is_drift_and_is_not_counted()
    {
        var row = Row(nodes: Nodes(("hap1", 9, []), ("hap2", 9, ["shop"])));

        (row.Standing, row.Sentence, row.Observed).ShouldBe((Standing.Drift, "hap2 does not serve what is asked", 1));
    }

    [Fact]
    public void Only_three_drifting_nodes_are_named() =>
        Row(nodes: Nodes([.. Enumerable.Range(1, 5).Select(i => ($"hap{i}", 9ul, new[] { "shop" }))])).Sentence.ShouldBe("hap1, hap2, hap3 and 2 more do not serve what is asked");

    [Fact]
    public void A_node_that_is_behind_silent_or_failing_is_not_counted()
    {
        var nodes = Nodes(("hap1", 7, []), ("hap2", 8, []), ("hap3", 8, []));
        var failing = new FleetNodes(4, nodes.Live.ToDictionary(n => n.Key, n => n.Key == "hap3" ? n.Value with { Problem = "HAProxy is away" } : n.Value));

        Row(nodes: failing).Observed.ShouldBe(1);
    }

    [Fact]
    public void A_node_with_more_exceptions_than_it_names_is_not_counted_for_anything()
    {
        var nodes = Nodes(("hap1", 8, []), ("hap2", 8, ["cart"]));
        var many = new FleetNodes(2, nodes.Live.ToDictionary(n => n.Key, n => n.Key == "hap2" ? n.Value with { MoreExceptions = 1 } : n.Value));

        Row(nodes: nodes).Observed.ShouldBe(2);
        Row(nodes: many).Observed.ShouldBe(1);
    }

    [Fact]
    public void A_change_by_hand_that_no_feed_names_yet_does_not_leave_every_node_behind() => Row(known: 7, nodes: Nodes(("hap1", 7, []))).Observed.ShouldBe(1);

    [Fact]
    public void A_rollout_that_the_state_does_not_name_is_another_time() =>
        FleetRow.Of(Some.Snapshot(Some.Definition.At(7), Some.Weights(100, 0).At(8), Some.State.At(6)).Find(Some.Shop), Known<FleetRollback>.Nothing, Rollout(RolloutPhase.Progressing), null, TwoNodes, 8).Rollout.ShouldBeNull();

    private static Rollout Rollout(RolloutPhase phase) => new SomeRollout().Rollout with { Phase = phase };

    private static FleetNodes Nodes(params (string Name, ulong Index, string[] Exceptions)[] nodes) =>
        new(nodes.Length, nodes.ToDictionary(n => n.Name, n => new NodeLiveness { ObservedIndex = n.Index, Exceptions = n.Exceptions }));

    private static FleetRow Row(Weights? weights = null, AppState? state = null, Rollout? rollout = null, TrafficEvent? last = null, FleetNodes? nodes = null, ulong known = 8)
    {
        var named = (state ?? Some.State) with { Rollout = rollout?.Id.ToString() };
        var snapshot = Some.Snapshot(Some.Definition.At(7), (weights ?? Some.Weights(100, 0)).At(8), named.At(6));
        return FleetRow.Of(snapshot.Find(Some.Shop), snapshot.Fleet, rollout, last, nodes ?? TwoNodes, known);
    }
}
