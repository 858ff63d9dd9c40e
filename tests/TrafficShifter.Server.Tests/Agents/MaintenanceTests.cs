using System.Net;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
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

    private Task EventuallyAsync(string health, string theEvent) => _server.EventuallyAsync(() => Health() == health, theEvent);

    private string Health() => string.Join(", ", HAProxy.Find(ProxyName.Parse("shop_back"))!.Select(s => $"{s.Name} {s.Health}"));
}
