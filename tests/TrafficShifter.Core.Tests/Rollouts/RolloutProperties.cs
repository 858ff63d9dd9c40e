using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>What holds for every sequence of ticks, however nodes, metrics and people behave.</summary>
public sealed class RolloutProperties
{
    private static readonly Plan Plan = SomeRollout.Plan with
    {
        Steps = [new(Share.Parse("1%"), TimeSpan.FromSeconds(6)), new(Share.Parse("10%"), TimeSpan.FromSeconds(6)), new(Share.Parse("60%"), TimeSpan.FromSeconds(6))],
        MetricsOutage = new() { After = TimeSpan.FromSeconds(5), Do = OutageAction.Pause },
    };

    private enum Event { Good, Bad, Silent, NodeAway, NoNodes, MetricsAway, Pause, Resume, Abort, Foreign, Lock, Crash }

    [Fact]
    public void No_step_is_skipped_and_none_ends_without_its_time_and_a_pass() => ForAll((before, some) =>
    {
        if (some.Last is Decision.Advance advance) advance.Step.ShouldBe(before.Step + 1);
        if (some.Last is Decision.Promote) before.Step.ShouldBe(Plan.Steps.Count - 1);
        if (some.Last is not (Decision.Advance or Decision.Promote)) return;
        before.Phase.ShouldBe(RolloutPhase.Progressing);
        (before.StepElapsed + some.Tick!.Elapsed).ShouldBeGreaterThanOrEqualTo(Plan.Steps[before.Step].Hold);
        (some.Tick.Measurements is [.., var last] ? last : before.Checks[0].Last).ShouldBeOfType<Measurement.Passed>();
        some.Tick.MetricsAway.ShouldBeNull();
        some.Tick.Nodes.Nodes.ShouldAllBe(n => n.Status == NodeObservation.Observed);
    });

    [Fact]
    public void The_share_is_never_above_the_step_and_stable_once_it_goes_back() => ForAll((before, some) =>
    {
        var (next, wanted) = (some.Rollout, RolloutEngine.WantedShare(some.Rollout));
        if (next.Phase == RolloutPhase.Progressing) wanted.ShouldBe(Plan.Steps[next.Step].Share);
        if (next.Phase is RolloutPhase.RollingBack or RolloutPhase.RolledBack or RolloutPhase.Aborted or RolloutPhase.Pending) wanted.ShouldBe(Share.None);
        if (before.Phase == RolloutPhase.RollingBack) next.Phase.ShouldBeOneOf(RolloutPhase.RollingBack, RolloutPhase.RolledBack, RolloutPhase.Aborted);
        if (before.Phase.IsEnd()) next.Phase.ShouldBe(before.Phase);
        if (some.Last is Decision.RollBack or Decision.Abort) some.Weights.Value!.ShareOf(Colour.Green).ShouldBe(Share.None);
        if (next.Step > before.Step) some.Last.ShouldBeOfType<Decision.Advance>();
        next.Step.ShouldBeGreaterThanOrEqualTo(before.Step);
    });

    [Fact]
    public void Weights_are_written_only_by_decisions_that_move_traffic() => ForAll((before, some) =>
    {
        if (some.Rollout.WeightsIndex is not null || before.Phase.IsEnd()) return;
        (some.Last is Decision.Start or Decision.Advance or Decision.Promote or Decision.RollBack or Decision.Abort or Decision.Resume { Reapplies: true }).ShouldBeTrue($"{some.Last}");
    });

    [Fact]
    public void Every_decision_has_its_sentence_and_the_document_stays_valid() => ForAll((_, some) =>
    {
        some.Last!.Sentence.ShouldNotBeNullOrWhiteSpace();
        some.Rollout.FindProblem().ShouldBeNull();
        if (some.Rollout.Phase == RolloutPhase.Paused) some.Rollout.PausedReason.ShouldNotBeNull();
        some.Rollout.EndedAt.HasValue.ShouldBe(some.Rollout.Phase.IsEnd());
    });

    [Fact]
    public void A_crash_between_two_ticks_changes_nothing()
    {
        Prop.ForAll(Sequences().ToArbitrary(), events =>
        {
            var (steady, crashing) = (new SomeRollout(Plan), new SomeRollout(Plan));
            foreach (var e in events)
            {
                crashing.Rollout = JsonSerializer.Deserialize<Rollout>(DocumentJson.Write(crashing.Rollout), DocumentJson.Options)!;
                Play(steady, e);
                Play(crashing, e);
                crashing.Last.ShouldBe(steady.Last);
                DocumentJson.Write(crashing.Rollout).ShouldBe(DocumentJson.Write(steady.Rollout));
            }
        }).QuickCheckThrowOnFailure();
    }

    private static void ForAll(Action<Rollout, SomeRollout> holds) => Prop.ForAll(Sequences().ToArbitrary(), events =>
    {
        var some = new SomeRollout(Plan);
        foreach (var e in events)
        {
            var before = some.Rollout;
            Play(some, e);
            holds(before, some);
        }
    }).QuickCheckThrowOnFailure();

    private static Gen<(Event Kind, int Milliseconds)[]> Sequences()
    {
        var kind = Gen.Frequency<Event>(
            (60, Gen.Constant(Event.Good)), (4, Gen.Constant(Event.Bad)), (4, Gen.Constant(Event.Silent)), (3, Gen.Constant(Event.NodeAway)),
            (1, Gen.Constant(Event.NoNodes)), (3, Gen.Constant(Event.MetricsAway)), (2, Gen.Constant(Event.Pause)), (8, Gen.Constant(Event.Resume)),
            (1, Gen.Constant(Event.Abort)), (2, Gen.Constant(Event.Foreign)), (1, Gen.Constant(Event.Lock)), (4, Gen.Constant(Event.Crash)));
        return kind.Zip(Gen.Choose(300, 2500)).ArrayOf(120);
    }

    private static void Play(SomeRollout some, (Event Kind, int Milliseconds) e)
    {
        some.Nodes = e.Kind switch
        {
            Event.NoNodes => NodeReport.None,
            Event.NodeAway => new([.. SomeRollout.Observed("hap1").Nodes, SomeRollout.Missing("hap2", 3)]),
            _ => SomeRollout.Observed("hap1", "hap2"),
        };
        some.MetricsAway = e.Kind == Event.MetricsAway ? new(some.MetricsAway is { } away ? away.For + TimeSpan.FromSeconds(2) : TimeSpan.Zero, "refused") : null;
        some.Measure = (due, at) => e.Kind switch
        {
            Event.Bad => SomeRollout.Failed(due.Check.Name, at),
            Event.Silent => SomeRollout.Insufficient(due.Check.Name, at),
            Event.MetricsAway => null,
            _ => SomeRollout.Passed(due.Check.Name, at),
        };
        if (e.Kind == Event.Foreign) some.WriteWeights(30, 70, "ben");
        if (e.Kind == Event.Lock) some.State = some.State with { Lock = new TrafficLock { To = Colour.Blue, By = "anna", Reason = "fire", At = some.Now } };
        // After a crash the first turn knows of no time: its process has just begun.
        some.Turn(e.Kind == Event.Crash ? 0 : e.Milliseconds / 1000.0, e.Kind switch
        {
            Event.Pause => new RolloutCommand.Pause("anna"),
            Event.Resume => new RolloutCommand.Resume("anna"),
            Event.Abort => new RolloutCommand.Abort("anna"),
            _ => null,
        });
    }
}
