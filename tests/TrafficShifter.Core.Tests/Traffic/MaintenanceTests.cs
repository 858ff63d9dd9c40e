using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>Which servers a lock wants in maintenance, where the routing says <c>"onPersistence":"maint"</c>.</summary>
public sealed class MaintenanceTests
{
    private static readonly Routing Routing = Servers.Routing with { OnPersistence = OnPersistence.Maint };
    private static readonly DesiredTraffic Locked = new(Share.None, DesiredSource.Lock, Force: false, Index: 5, Some.Lock(Colour.Blue));

    public static readonly TheoryData<string, ServerReading[], string> Readings = new()
    {
        { "all is on blue", [Servers.Reading("blue1", 256), Servers.Reading("green1", 0), Servers.Reading("green2", 0), Servers.Reading("other", 1)], "green1 green2" },
        { "the weights come first", [Servers.Reading("blue1", 256), Servers.Reading("green1", 10)], "" },
        { "blue has no usable server", [Servers.Reading("blue1", 256, health: ServerHealth.Down), Servers.Reading("green1", 0)], "" },
        { "one is in maintenance already, whoever put it there", [Servers.Reading("blue1", 256), Servers.Reading("green1", 0, health: ServerHealth.Maintenance), Servers.Reading("green2", 0, health: ServerHealth.Down)], "green2" },
    };

    [Theory]
    [MemberData(nameof(Readings))]
    public void The_left_colours_servers_once_all_traffic_is_on_the_other_one(string why, ServerReading[] servers, string expected)
    {
        var plan = Reconciliation.Plan(Routing, Locked.Green, servers, allowUnusableTarget: false);

        string.Join(' ', Maintenance.FindMissing(Routing, Locked, servers, plan).Select(s => s.Server)).ShouldBe(expected, why);
        Maintenance.FindMissing(Routing with { OnPersistence = OnPersistence.Warn }, Locked, servers, plan).ShouldBeEmpty("the routing does not say so");
        Maintenance.FindMissing(Routing, Locked with { Lock = null }, servers, plan).ShouldBeEmpty("no lock, no maintenance");
    }

    [Fact]
    public void A_node_is_not_observed_before_they_are_in_maintenance()
    {
        var snapshot = Some.Snapshot((Some.Definition with { Routing = Some.Definition.Routing with { OnPersistence = OnPersistence.Maint } }).At(1), (Some.State with { Lock = Some.Lock(Colour.Blue) }).At(2));

        Look(ServerHealth.Up).InSync.ShouldBeFalse();
        Look(ServerHealth.Maintenance).InSync.ShouldBeTrue();

        AppObservation Look(ServerHealth green) => AppObservation.Of("hap1", snapshot.Find(Some.Shop), snapshot.Desired(), new LoadBalancerReading(new ProcessIdentity(7, 1, "2.6.12", false),
            new Dictionary<ProxyName, IReadOnlyList<ServerReading>> { [ProxyName.Parse("shop")] = [Servers.Reading("blue1", 256), Servers.Reading("green1", 0, health: green)] }), Some.Noon).Observation;
    }

    [Fact]
    public void They_are_wanted_there_while_the_lock_holds_and_the_routing_says_so()
    {
        var definition = Some.Definition with { Routing = Some.Definition.Routing with { OnPersistence = OnPersistence.Maint } };
        var locked = Some.State with { Lock = Some.Lock(Colour.Blue) };
        ServerName[] servers = [Name("shop", "green1"), Name("shop", "blue1"), Name("elsewhere", "green1")];

        Wanted(definition, locked).ShouldBe([servers[0]]);
        Wanted(definition, locked with { Lock = Some.Lock(Colour.Green) }).ShouldBe([servers[1]]);
        Wanted(definition, Some.State).ShouldBeEmpty();
        Wanted(Some.Definition, locked).ShouldBeEmpty();
        Wanted(definition with { Deleted = true }, locked).ShouldBeEmpty();

        IReadOnlySet<ServerName> Wanted(AppDefinition its, AppState state)
        {
            var snapshot = Some.Snapshot(its.At(1), state.At(2));
            return Maintenance.FindWanted(snapshot.Find(Some.Shop), snapshot.Fleet, servers);
        }
    }

    private static ServerName Name(string backend, string server) => new(ProxyName.Parse(backend), ProxyName.Parse(server));
}
