using System.Net;
using System.Net.Http.Headers;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>Backends whose own persistence would keep users on a colour at weight 0.</summary>
public sealed class PersistenceTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private const string Status = Shop + "/status";
    private const string Definition = """{"routing":{"backend":"shop_back"}}""";
    private const string Accepting = """{"routing":{"backend":"shop_back","onPersistence":"warn"}}""";
    private const string Left = "backend \"shop_back\" has cookie \"SRV\" in haproxy.cfg: users that it keeps stay on their colour at weight 0, after a rollback too";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync(_time, "hap1", "hap2", "hap3");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task An_application_is_refused_where_one_node_has_it_and_told_what_to_do()
    {
        Persist("hap2", new Persistence("SRV", StickTable: true));

        (await _server.PutAsync(Shop, Definition)).ShouldBeProblem(422, "impossible", "/routing/backend",
            "backend \"shop_back\" on node hap2 has cookie \"SRV\" and a stick-table that remembers servers in haproxy.cfg: users that it keeps stay on their colour at weight 0, "
            + "so a rollback would leave them behind; remove it and reload, let a rollback put the servers that it leaves into maintenance with \"onPersistence\":\"maint\", or accept it with \"onPersistence\":\"warn\"");
        (await _server.GetAsync(Shop)).ShouldBe(HttpStatusCode.NotFound);

        Persist("hap2", null);
        (await _server.PutAsync(Shop, Definition)).ShouldBe(HttpStatusCode.Created);
        (await _server.ReadAsync("apps/shop"))["routing"]!["onPersistence"].ShouldBeNull("what is the default is not stored");
    }

    [Fact]
    public async Task An_application_that_accepts_it_is_registered_and_its_status_names_every_node_that_has_it()
    {
        Persist("hap1", new Persistence("SRV"));
        Persist("hap3", new Persistence(StickTable: true));

        (await _server.PutAsync(Shop, Accepting)).ShouldBe(HttpStatusCode.Created)["routing"]["onPersistence"]!.GetValue<string>().ShouldBe("warn");

        var status = await _server.EventuallyAsync(Status, s => s["observed"]!.GetValue<bool>() && s["problems"]!.AsArray().Count == 2, "two nodes' persistence in the status");
        status["problems"]!.AsArray().Select(p => p!.GetValue<string>()).ShouldBe([$"hap1: {Left}", "hap3: " + Left.Replace("cookie \"SRV\"", "a stick-table that remembers servers", StringComparison.Ordinal)]);
        (await _server.GetAsync(Shop)).Text.ShouldContain("\"onPersistence\":\"warn\"");
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_a_reload_brings_or_takes_is_in_the_status_of_an_application_that_was_there_before()
    {
        await _server.RegisterShopAsync();
        Persist("hap2", new Persistence("SRV"));
        _server.LoadBalancerOf("hap2").HAProxy.Restart();

        var status = await _server.EventuallyAsync(Status, s => s["problems"]!.AsArray().Count == 1, "the reloaded node's persistence in the status");
        status["problems"]![0]!.GetValue<string>().ShouldBe($"hap2: {Left}");
        (await _server.PutAsync(Shop, """{"routing":{"backend":"shop_back"},"owners":["anna"]}""")).ShouldBeProblem(422, "impossible", "/routing/backend", "on node hap2 has cookie \"SRV\"");

        Persist("hap2", null);
        _server.LoadBalancerOf("hap2").HAProxy.Restart();
        await _server.EventuallyAsync(Status, s => s["problems"]!.AsArray().Count == 0, "a status without problems");
    }

    [Fact]
    public async Task A_shift_does_not_ask_for_it()
    {
        await _server.RegisterShopAsync();
        // When the second has been observed, the turn that followed the registration is over; the clock stands still from here.
        await ShiftAsync(1);
        await ShiftAsync(2);
        var asked = _server.LoadBalancer.PersistenceAsked;
        asked.ShouldBeGreaterThan(0);

        foreach (var green in Enumerable.Range(3, 20)) await ShiftAsync(green);

        _server.LoadBalancer.PersistenceAsked.ShouldBe(asked);
    }

    [Fact]
    public async Task A_node_that_cannot_tell_is_driven_all_the_same()
    {
        foreach (var node in new[] { "hap1", "hap2", "hap3" }) _server.LoadBalancerOf(node).PersistenceFailure = new LoadBalancerException("HAProxy gave a reply that was not understood");

        await _server.RegisterShopAsync();

        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":75,"green":25}""")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_agent_tells_another_process_only_when_it_is_asked()
    {
        Persist("hap1", new Persistence("SRV"));
        _server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningServer.AgentKey);

        (await _server.GetAsync("/agent/v1/nodes/hap1/backends/shop_back?persistence=true")).Text.ShouldContain("\"persistence\":{\"cookie\":\"SRV\",\"stickTable\":false}");
        (await _server.GetAsync("/agent/v1/nodes/hap1/backends/shop_back")).Text.ShouldNotContain("persistence");
    }

    private async Task ShiftAsync(int green) =>
        (await _server.PutAsync(Shop + "/weights?wait=10s", $$"""{"blue":{{100 - green}},"green":{{green}}}""")).ShouldBe(HttpStatusCode.OK);

    private void Persist(string node, Persistence? persistence) => _server.LoadBalancerOf(node).HAProxy.Persist("shop_back", persistence);
}
