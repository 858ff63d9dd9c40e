using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>Everything that sends traffic by itself, of an application whose traffic was all on green, stable: before green is evacuated, and while it is.</summary>
public sealed class StableSideTests
{
    private static readonly AppState Before = Some.State with { Stable = Colour.Green };
    private static readonly AppState While = SomeEvacuation.StateAfter(Before, Some.Weights(0, 100));

    public static TheoryData<string, string, string> Ways => new()
    {
        // What sends traffic; where it sends it before; where while green is evacuated.
        { "weights", "green", "blue" },
        { "weights by hand", "green", "blue" },
        { "rollback to stable", "green", "blue" },
        { "rollback to green", "green", "green" },
        { "rollback of all to stable", "green", "blue" },
        { "rollback of all to blue", "blue", "blue" },
        { "rollback of all to green", "green", "green" },
        { "swept rollback of all to stable", "green", "blue" },
        { "override to stable", "green", "blue" },
        { "override to green", "green", "green" },
        { "override of all to stable", "green", "blue" },
        { "recorded override to stable", "green", "blue" },
        { "unlock after a rollback", "green", "blue" },
        { "unlock after a rollback to green", "green", "blue" },
        { "opt-outs", "green", "blue" },
        { "map row", "green", "blue" },
        { "release of a lost rollout", "green", "blue" },
        { "failsafe", "green", "blue" },
        { "rollback of a rollout", "green", "blue" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Nothing_that_is_not_told_to_sends_traffic_to_the_evacuated_side(string way, string before, string evacuated)
    {
        Send(way, Before, Some.Weights(0, 100)).Word().ShouldBe(before);
        Send(way, While, Some.Weights(100, 0)).Word().ShouldBe(evacuated);
    }

    private static Colour Send(string way, AppState state, Weights weights) => way switch
    {
        "weights" => Desired(Some.Snapshot(Some.Definition.At(3), state.At(4), weights.At(5))),
        "weights by hand" => Desired(Some.Snapshot(Some.Definition.At(3), state.At(4), Some.Weights(0, 1).At(9))),
        "rollback to stable" => RollBack(state, weights, RollbackTarget.Stable),
        "rollback to green" => RollBack(state, weights, RollbackTarget.Green),
        "rollback of all to stable" => Desired(WithFleet(state, weights, RollbackTarget.Stable)),
        "rollback of all to blue" => Desired(WithFleet(state, weights, RollbackTarget.Blue)),
        "rollback of all to green" => Desired(WithFleet(state, weights, RollbackTarget.Green)),
        "swept rollback of all to stable" => Swept(WithFleet(state, weights, RollbackTarget.Stable)).Lock!.To,
        "override to stable" => Desired(SomeEvacuation.Shop(state, weights).WithOverrides([Override(RollbackTarget.Stable, Some.Shop)])),
        "override to green" => Desired(SomeEvacuation.Shop(state, weights).WithOverrides([Override(RollbackTarget.Green, Some.Shop)])),
        "override of all to stable" => Desired(SomeEvacuation.Shop(state, weights).WithOverrides([Override(RollbackTarget.Stable, null)])),
        "recorded override to stable" => SomeEvacuation.Read<AppState>(TrafficChanges.Record(SomeEvacuation.Shop(state, weights).Find(Some.Shop), null, Override(RollbackTarget.Stable, Some.Shop))!.Changes, "state/shop").Lock!.To,
        "unlock after a rollback" => Unlock(state with { Lock = Some.Lock(state.Stable) }, weights),
        "unlock after a rollback to green" => Unlock(state with { Lock = Some.Lock(Colour.Green) }, weights),
        "opt-outs" => Mapped(state, weights).Stable,
        "map row" => Mapped(state, weights).Lock ?? (Mapped(state, weights).Green == Share.All ? Colour.Green : Colour.Blue),
        "release of a lost rollout" => Desired(Some.Snapshot(Some.Definition.At(3), weights.At(5), SomeEvacuation.Read<AppState>(
            TrafficChanges.Release(SomeEvacuation.Shop(state with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h", Lock = null }, weights).Find(Some.Shop), Known<FleetRollback>.Nothing, "gone", Some.Note)!.Changes, "state/shop").At(9))),
        "failsafe" => Back(state, new RolloutCommand.LoseControllers(TimeSpan.FromHours(1))),
        "rollback of a rollout" => Back(state, new RolloutCommand.Abort("anna")),
        _ => throw new ArgumentOutOfRangeException(nameof(way), way, null),
    };

    private static Colour RollBack(AppState state, Weights weights, RollbackTarget to)
    {
        var app = SomeEvacuation.Shop(state, weights).Find(Some.Shop);
        return SomeEvacuation.Read<AppState>(TrafficChanges.RollBack(app, Override(to, Some.Shop).ToLock(state).To, false, Some.Note).Changes, "state/shop").Lock!.To;
    }

    private static Colour Unlock(AppState state, Weights weights)
    {
        var changes = TrafficChanges.Unlock(SomeEvacuation.Shop(state, weights).Find(Some.Shop), state, Some.Note).Changes;
        return Desired(Some.Snapshot(Some.Definition.At(3), SomeEvacuation.Read<AppState>(changes, "state/shop").At(9), SomeEvacuation.Read<Weights>(changes, "weights/shop").At(9)));
    }

    private static AppState Swept(TrafficSnapshot snapshot) => SomeEvacuation.Read<AppState>(TrafficChanges.Sweep(snapshot.Find(Some.Shop), snapshot.Fleet, () => Some.Note.Id, Some.Noon)!, "state/shop");

    private static MappedApp Mapped(AppState state, Weights weights)
    {
        var definition = Some.Definition with { Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("web") }.WithDefaults() };
        var snapshot = Some.Snapshot(definition.At(3), state.At(4), weights.At(5));
        return snapshot.Find(Some.Shop).FindMapped(snapshot.Fleet)!;
    }

    /// <summary>Where a rollout that began in this state goes when it goes back.</summary>
    private static Colour Back(AppState state, RolloutCommand command)
    {
        var plan = SomeRollout.Plan with { ControllerLoss = new ControllerLoss { Do = LossAction.Failsafe } };
        var rollout = RolloutEngine.Create(RolloutId.Of(Some.Shop, Some.Note.Id), plan, state, 7, "anna", null, Some.Noon) with { Phase = RolloutPhase.Progressing };
        var (_, next) = RolloutEngine.Decide(rollout, new RolloutTick
        {
            Now = Some.Noon, RolloutIndex = 8, Weights = new WeightsSeen(7, RolloutChanges.WantedWeights(rollout)), Command = command,
            State = state with { Rollout = rollout.Id.ToString(), Lock = null },
        });
        next.Phase.ShouldBe(RolloutPhase.RollingBack);
        return RolloutChanges.WantedWeights(next).ShareOf(Colour.Green) == Share.All ? Colour.Green : Colour.Blue;
    }

    private static TrafficSnapshot WithFleet(AppState state, Weights weights, RollbackTarget to) => SomeEvacuation.Shop(state, weights, Some.Rollback(to).At(50));

    private static TrafficOverride Override(RollbackTarget to, AppName? app) => new() { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2Z", App = app, To = to, By = "carl", Reason = "outage", At = Some.Noon };

    private static Colour Desired(TrafficSnapshot snapshot) => snapshot.Desired()!.Green == Share.All ? Colour.Green : Colour.Blue;
}
