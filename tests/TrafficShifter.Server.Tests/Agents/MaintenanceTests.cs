using System.Collections.Concurrent;
using System.Net;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary><c>"onPersistence":"maint"</c>: under a lock the left colour's servers are in maintenance, and nobody else's hand is undone.</summary>
public sealed class MaintenanceTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private RunningServer _server = null!;

    private SimulatedHAProxy HAProxy => _server.LoadBalancer.HAProxy;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        HAProxy.Configure("shop_back", ("blue1", 100), ("green1", 100), ("green2", 100), ("other", 1));
        HAProxy.Persist("shop_back", new Persistence("SRV"));
        (await _server.PutAsync(Shop, """{"routing":{"backend":"shop_back","onPersistence":"maint"}}""")).ShouldBe(HttpStatusCode.Created);
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);
        HAProxy.SetHealth("shop_back", "green2", ServerHealth.Maintenance);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_lock_puts_them_there_an_unlock_makes_ready_those_and_no_others()
    {
        (await _server.PostAsync(Shop + "/rollback?wait=10s")).ShouldBe(HttpStatusCode.OK);
        Health().ShouldBe("blue1 Up, green1 Maintenance, green2 Maintenance, other Up");

        (await _server.PostAsync(Shop + "/unlock")).ShouldBe(HttpStatusCode.OK);

        await EventuallyAsync("blue1 Up, green1 Up, green2 Maintenance, other Up", "green1 ready, green2 as a person left it");
    }

    [Fact]
    public async Task It_holds_over_restarts_of_HAProxy_and_of_the_agent()
    {
        (await _server.PostAsync(Shop + "/rollback?wait=10s")).ShouldBe(HttpStatusCode.OK);

        HAProxy.Restart();
        HAProxy.SetHealth("shop_back", "green2", ServerHealth.Maintenance);
        await EventuallyAsync("blue1 Up, green1 Maintenance, green2 Maintenance, other Up", "green1 in maintenance again");

        await _server.StopAsync();
        await _server.StartAsync();
        (await _server.PostAsync(Shop + "/unlock")).ShouldBe(HttpStatusCode.OK);
        await EventuallyAsync("blue1 Up, green1 Up, green2 Maintenance, other Up", "green1 ready by an agent that did not put it there itself");
    }

    [Fact]
    public async Task A_rollback_to_the_other_colour_makes_its_servers_ready_before_the_traffic_comes()
    {
        HAProxy.SetHealth("shop_back", "green2", ServerHealth.Up);
        (await _server.PostAsync(Shop + "/rollback?wait=10s", """{"to":"green"}""")).ShouldBe(HttpStatusCode.OK);
        Health().ShouldBe("blue1 Maintenance, green1 Up, green2 Up, other Up");

        (await _server.PostAsync(Shop + "/rollback?wait=10s", """{"to":"blue"}""")).ShouldBe(HttpStatusCode.OK);
        Health().ShouldBe("blue1 Up, green1 Maintenance, green2 Maintenance, other Up");
        HAProxy.WeightOf("shop_back", "blue1").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task They_are_made_ready_when_the_application_goes()
    {
        (await _server.PostAsync(Shop + "/rollback?wait=10s")).ShouldBe(HttpStatusCode.OK);
        (await _server.SendAsync(HttpMethod.Delete, Shop)).ShouldBe(HttpStatusCode.NoContent);

        await EventuallyAsync("blue1 Up, green1 Up, green2 Maintenance, other Up", "green1 ready");
    }

    [Fact]
    public async Task In_a_rollback_of_all_it_is_one_command_for_all_and_comes_after_the_maps()
    {
        await RegisterMoreAsync(30);
        HAProxy.Configure("web_blue", ("s1", 100));
        HAProxy.Configure("web_green", ("s1", 100));
        _server.LoadBalancer.HasMaps = true;
        (await _server.PutAsync("/api/v1/apps/cart", """{"hosts":["cart.test"],"routing":{"kind":"map","pool":"web"}}""")).ShouldBe(HttpStatusCode.Created);
        (await _server.PutAsync("/api/v1/apps/cart/weights?wait=10s", """{"blue":0,"green":100}""")).ShouldBe(HttpStatusCode.OK);
        var rows = new ConcurrentQueue<string?>();
        HAProxy.MaintenanceSet += (_, _) => rows.Enqueue(HAProxy.Maps.Find(MapFile.Apps, "cart"));

        (await _server.PostAsync("/api/v1/rollback")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(() => rows.Count == 31, "31 servers in maintenance");

        rows.Distinct().ShouldBe([HAProxy.Maps.Find(MapFile.Apps, "cart")], "the map has its lock before the first server goes");
        _server.LoadBalancer.StatesSet.ShouldBe(1);
    }

    [Fact]
    public async Task On_a_full_disk_they_are_made_ready_once_and_not_those_that_a_person_takes_out_later()
    {
        await RegisterMoreAsync(2);
        (await _server.PostAsync("/api/v1/rollback?wait=10s")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(() => HealthOf("b1") == "blue1 Up, green1 Maintenance", "b1's green in maintenance");
        // What a full disk does: the file that is written first cannot be.
        var file = Path.Combine(_server.Folder, "locks-hap1.json");
        Directory.CreateDirectory(file + ".tmp");
        (await _server.PostAsync(Shop + "/unlock")).ShouldBe(HttpStatusCode.OK);
        await EventuallyAsync("blue1 Up, green1 Up, green2 Maintenance, other Up", "green1 ready");

        HAProxy.SetHealth("shop_back", "green1", ServerHealth.Maintenance);
        var told = _server.LoadBalancer.StatesSet;
        (await _server.PutAsync(Shop + "/weights?wait=2s", """{"blue":90,"green":10}""")).Status.ShouldBe(HttpStatusCode.Accepted, "green has no usable server");
        (_server.LoadBalancer.StatesSet, Health()).ShouldBe((told, "blue1 Up, green1 Maintenance, green2 Maintenance, other Up"));

        Directory.Delete(file + ".tmp");
        await _server.EventuallyAsync(() => !File.ReadAllText(file).Contains("\"shop\"", StringComparison.Ordinal), "the file without shop");
        File.ReadAllText(file).ShouldContain("\"app1\"");
    }

    private async Task RegisterMoreAsync(int many)
    {
        foreach (var n in Enumerable.Range(0, many))
        {
            HAProxy.Configure($"b{n}", ("blue1", 100), ("green1", 100));
            HAProxy.Persist($"b{n}", new Persistence("SRV"));
            (await _server.PutAsync($"/api/v1/apps/app{n}", $$$"""{"routing":{"backend":"b{{{n}}}","onPersistence":"maint"}}""")).ShouldBe(HttpStatusCode.Created);
        }
    }

    private string HealthOf(string backend) => string.Join(", ", HAProxy.Find(ProxyName.Parse(backend))!.Select(s => $"{s.Name} {s.Health}"));

    private Task EventuallyAsync(string health, string theEvent) => _server.EventuallyAsync(() => Health() == health, theEvent);

    private string Health() => HealthOf("shop_back");
}
