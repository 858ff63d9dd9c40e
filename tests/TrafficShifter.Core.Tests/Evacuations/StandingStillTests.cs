using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>What an evacuation of green waits for before it goes forward, and that it can.</summary>
public sealed class StandingStillTests
{
    private static readonly Evacuation Stepped = SomeEvacuation.OfGreen with { Steps = [new EvacuationStep { Share = Share.Parse("50%"), Hold = TimeSpan.FromMinutes(1) }, new EvacuationStep { Share = Share.All }] };
    private static readonly ColourSides Deaf = new(Colour.Green, [ColourNodeStatus.Unknown("hap1", "it is away")]);

    [Fact]
    public void A_rollout_that_runs_is_waited_for_and_not_passed_by()
    {
        var running = SomeEvacuation.Shop(Some.State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h" }, Some.Weights(90, 10));
        Decide(SomeEvacuation.OfGreen, running).Next.Phase.ShouldBe(EvacuationPhase.Evacuating);
        Decide(SomeEvacuation.OfGreen, SomeEvacuation.Shop(SomeEvacuation.StateAfter(Some.State, Some.Weights(0, 1)))).Next.Phase.ShouldBe(EvacuationPhase.Evacuated);
    }

    [Fact]
    public void Nothing_goes_forward_while_no_node_answers()
    {
        var shop = SomeEvacuation.Shop(SomeEvacuation.StateAfter(Some.State, Some.Weights(0, 100), Stepped), Some.Weights(50, 50));
        Decide(Stepped, shop, elapsed: 1).Next.Held.ShouldBe(TimeSpan.FromSeconds(1));
        Decide(Stepped, shop, Deaf, elapsed: 1).Next.Held.ShouldBe(TimeSpan.Zero);
        Decide(SomeEvacuation.OfGreen with { Parallelism = 1 }, SomeEvacuation.Shop(Some.State), Deaf).Changes.ShouldBeEmpty();
        ColourStanding.Of(Colour.Green, Stepped, shop, Deaf).Describe().ShouldContain("it stands still, because no node answers: hap1 (it is away)");
    }

    [Fact]
    public void Time_in_which_nobody_looked_is_not_a_step_s() =>
        Decide(Stepped, SomeEvacuation.Shop(SomeEvacuation.StateAfter(Some.State, Some.Weights(0, 100), Stepped), Some.Weights(50, 50)), elapsed: 900).Next.ShouldBe(Stepped with { Held = EvacuationEngine.MostElapsed });

    [Fact]
    public void Canaries_with_large_plans_are_written_in_several_transactions()
    {
        var plan = SomeRollout.Plan with { Checks = [SomeRollout.Plan.Checks[0] with { Query = "errors{colour=\"{{colour}}\"}" + new string(' ', 30_000) }] };
        var state = SomeEvacuation.StateAfter(Some.State, Some.Weights(0, 100));
        var snapshot = Some.Snapshot([.. Enumerable.Range(0, 12).SelectMany(n => App(AppName.Parse($"app{n:D2}"), state, 10ul + ((ulong)n * 3)))]);
        var restoring = SomeEvacuation.OfGreen with { Phase = EvacuationPhase.Restoring, Restore = new Restoration { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2R", By = "ben", At = Some.Noon, Plan = plan, Parallelism = 12 } };

        var turn = Decide(restoring, snapshot);

        turn.Changes.Sum(c => c.Changes.OfType<Change.Put>().Count(p => p.Key.StartsWith("rollouts/", StringComparison.Ordinal))).ShouldBe(12);
        turn.Changes.Max(c => c.Changes.OfType<Change.Put>().Sum(p => Encoding.UTF8.GetByteCount(p.Value))).ShouldBeInRange(60_000, EvacuationEngine.MostBytes);
    }

    private static Entry[] App(AppName app, AppState state, ulong index) =>
    [
        new(Keys.App(app), DocumentJson.Write(Some.Definition with { Name = app }), index),
        new(Keys.StateOf(app), DocumentJson.Write(state), index + 1),
        new(Keys.WeightsOf(app), DocumentJson.Write(Some.Weights(100, 0)), index + 2),
    ];

    private static EvacuationTurn Decide(Evacuation evacuation, TrafficSnapshot snapshot, ColourSides? sides = null, double elapsed = 0) => EvacuationEngine.Decide(evacuation, new EvacuationTick
    {
        Now = Some.Noon, Elapsed = TimeSpan.FromSeconds(elapsed), Index = 9, Snapshot = snapshot, Sides = sides ?? SomeEvacuation.Healthy, NewId = () => Some.Note.Id,
    });
}
