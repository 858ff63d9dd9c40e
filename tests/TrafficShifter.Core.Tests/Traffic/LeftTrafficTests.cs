using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>When a lock's other side counts as left, and when its sessions may be cut.</summary>
public sealed class LeftTrafficTests
{
    private static readonly TrafficLock Cut = Some.Lock(Colour.Blue) with { Sever = true };

    [Theory]
    [InlineData(true, 0, true)]
    [InlineData(false, 0, false)]
    [InlineData(true, 10_000, false)]
    [InlineData(true, null, false)]
    public void A_side_is_left_once_all_traffic_was_read_back_on_the_other_one(bool inSync, int? green, bool left)
    {
        var snapshot = Some.Snapshot(Some.Definition.At(1), (Some.State with { Lock = Cut }).At(2));
        var seen = new AppObservation { Node = "hap1", App = Some.Shop, Served = true, InSync = inSync, Index = 2, Observed = green is { } points ? Share.OfBasisPoints(points) : null };

        var found = LeftTraffic.Of(snapshot.Find(Some.Shop), snapshot.Fleet, seen, new SharedPools(snapshot));

        (found is not null).ShouldBe(left);
        if (found is null) return;
        (found.Colour, found.Backend.Value, found.FindSeverProblem()).ShouldBe((Colour.Green, "shop", null));
        (found.Has(ProxyName.Parse("green7")), found.Has(ProxyName.Parse("blue1")), found.Has(ProxyName.Parse("other"))).ShouldBe((true, false, false));
    }

    [Theory]
    [InlineData(ServerHealth.Maintenance, ServerHealth.Maintenance, true)]
    [InlineData(ServerHealth.Maintenance, ServerHealth.Up, false)]
    [InlineData(ServerHealth.Maintenance, ServerHealth.Down, false)]
    public void A_side_is_in_maintenance_when_each_of_its_servers_is(ServerHealth one, ServerHealth other, bool expected)
    {
        var snapshot = Some.Snapshot(Some.Definition.At(1), (Some.State with { Lock = Cut }).At(2));
        var left = LeftTraffic.Of(snapshot.Find(Some.Shop), snapshot.Fleet, Seen, new SharedPools(snapshot)).ShouldNotBeNull();

        left.IsInMaintenance([Servers.Reading("blue1", 256), Servers.Reading("other", 1), Servers.Reading("green1", 0, health: one), Servers.Reading("green2", 0, health: other)]).ShouldBe(expected);
    }

    [Fact]
    public void Without_a_lock_no_side_is_left()
    {
        var snapshot = Some.Snapshot(Some.Definition.At(1), Some.State.At(2), Some.Weights(100, 0).At(3));
        LeftTraffic.Of(snapshot.Find(Some.Shop), snapshot.Fleet, Seen, new SharedPools(snapshot)).ShouldBeNull();
    }

    public static readonly TheoryData<TrafficLock?, string, string> Others = new()
    {
        { null, "other", "other" },
        { Some.Lock(Colour.Green) with { Sever = true }, "other", "other" },
        { Some.Lock(Colour.Blue), "", "other" },
        { Some.Lock(Colour.Blue) with { Sever = true }, "", "" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void On_a_shared_pool_it_depends_on_where_the_others_are_and_whether_theirs_may_be_cut(TrafficLock? its, string elsewhere, string unsevered)
    {
        var snapshot = Some.Snapshot(
            Mapped("shop", 1), State("shop", Cut, 2), Mapped("other", 3), State("other", its, 4),
            Mapped("elsewhere", 5, "api"), State("elsewhere", null, 6));

        var left = LeftTraffic.Of(snapshot.Find(Some.Shop), snapshot.Fleet, Seen, new SharedPools(snapshot)).ShouldNotBeNull();

        left.Backend.Value.ShouldBe("web_green");
        string.Join(',', left.Elsewhere).ShouldBe(elsewhere);
        string.Join(',', left.Unsevered).ShouldBe(unsevered);
        left.FindSeverProblem().ShouldBe(unsevered.Length == 0 ? null
            : "pool \"web\" is also used by other, and HAProxy does not tell whose session is whose; a rollback of these with \"sever\":true cuts all of them");
    }

    [Fact]
    public void A_rollback_of_all_and_an_override_carry_it_to_the_lock()
    {
        var all = Some.Snapshot(Some.Definition.At(1), Some.State.At(2), (Some.Rollback(RollbackTarget.Stable) with { Sever = true }).At(3));
        all.Find(Some.Shop).FindLock(all.Fleet).ShouldNotBeNull().Sever.ShouldBeTrue();
        var given = new TrafficOverride { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2H", To = RollbackTarget.Stable, By = "anna", Reason = "errors", At = Some.Noon, Sever = true };
        given.ToLock(Some.State).Sever.ShouldBeTrue();
        TrafficChanges.Sweep(all.Find(Some.Shop), all.Fleet, () => "id", Some.Noon).ShouldNotBeNull().OfType<Change.Put>().First().Value.ShouldContain("\"sever\":true");
    }

    private static AppObservation Seen => new() { Node = "hap1", App = Some.Shop, Served = true, InSync = true, Index = 2, Observed = Share.None };

    private static Entry Mapped(string app, ulong index, string pool = "web") =>
        (Some.Definition with { Name = AppName.Parse(app), Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse(pool) } }).At(index);

    private static Entry State(string app, TrafficLock? held, ulong index) => new(Keys.StateOf(AppName.Parse(app)), DocumentJson.Write(Some.State with { Lock = held }), index);
}
