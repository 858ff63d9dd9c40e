using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>How an agent keeps the maps of its HAProxy.</summary>
public sealed class NodeMapsTests : IAsyncLifetime
{
    private const string Cart = "/api/v1/apps/cart";
    private const string Definition = """{"hosts":["cart.test"],"routing":{"kind":"map","pool":"web"}}""";
    private RunningServer _server = null!;

    private SimulatedMaps Maps => _server.LoadBalancer.HAProxy.Maps;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        _server.LoadBalancer.HasMaps = true;
        _server.LoadBalancer.HAProxy.Configure("web_blue", ("s1", 100));
        _server.LoadBalancer.HAProxy.Configure("web_green", ("s1", 100));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_new_application_has_its_rows_in_the_running_maps_and_in_the_files()
    {
        await RegisterAsync();

        Maps.Steps.Where(step => !step.Change.IsEmpty).Select(step => step.File).ShouldBe([MapFile.Apps, MapFile.Hosts], "a host comes after what it leads to");
        Maps.Find(MapFile.Hosts, "cart.test").ShouldBe("cart");
        Maps.Find(MapFile.Apps, "cart").ShouldBe("s.0.web.cart");
        Maps.Files[MapFile.Apps]["cart"].ShouldBe("s.0.web.cart");
    }

    [Fact]
    public async Task A_shift_is_one_row_and_exact_to_a_hundredth_of_a_percent()
    {
        await RegisterAsync();
        Maps.Steps.Clear();

        var answer = (await _server.PutAsync(Cart + "/weights?wait=10s", """{"blue":9999,"green":1}""")).ShouldBe(HttpStatusCode.OK);

        answer["nodes"]![0]!["observation"]!["observed"]!.GetValue<string>().ShouldBe("0.01%");
        Maps.Steps.ShouldHaveSingleItem().Change.Set.ShouldBe([new MapRow("cart", "s.1.web.cart")]);
    }

    [Fact]
    public async Task A_reloaded_HAProxy_begins_with_the_rows_of_the_files()
    {
        await RegisterAsync();
        (await _server.PutAsync(Cart + "/weights?wait=10s", """{"blue":60,"green":40}""")).ShouldBe(HttpStatusCode.OK);

        _server.LoadBalancer.HAProxy.Restart();

        Maps.Find(MapFile.Apps, "cart").ShouldBe("s.4000.web.cart");
    }

    [Fact]
    public async Task Maps_that_cannot_be_set_are_named_and_hold_up_no_weights()
    {
        await RegisterAsync();
        await _server.RegisterShopAsync();
        Maps.Failure = new LoadBalancerException("HAProxy has no such map");

        var partial = (await _server.PutAsync(Cart + "/weights?wait=300ms", """{"blue":60,"green":40}""")).ShouldBe(HttpStatusCode.Accepted);
        partial["nodes"]![0]!["problem"]!.GetValue<string>().ShouldBe("HAProxy has no such map");
        (await _server.PutAsync("/api/v1/apps/shop/weights?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);

        Maps.Failure = null;
        await EventuallyObservedAsync();
        Maps.Find(MapFile.Apps, "cart").ShouldBe("s.4000.web.cart");
    }

    [Fact]
    public async Task A_full_disk_holds_up_no_rollback_and_is_told()
    {
        await RegisterAsync();
        Maps.DiskFailure = new IOException("No space left on device");

        var answer = (await _server.PostAsync(Cart + "/rollback?wait=10s")).ShouldBe(HttpStatusCode.OK);

        answer["nodes"]![0]!["problem"]!.GetValue<string>().ShouldContain("No space left on device");
        Maps.Find(MapFile.Apps, "cart").ShouldBe("b.0.web.cart");
        Maps.DiskFailure = null;
    }

    [Fact]
    public async Task Rows_that_somebody_changed_are_put_right_counted_and_told()
    {
        await RegisterAsync();
        Maps.Meddle(MapFile.Apps, "cart", "g.10000.web.cart");
        Maps.Meddle(MapFile.Users, "eve|cart", "-1");

        await _server.EventuallyAsync(Cart + "/status", s => s["nodes"]![0]!["observation"]!["driftRepaired"]!.GetValue<int>() > 0, "the drift in the status");

        Maps.Find(MapFile.Apps, "cart").ShouldBe("s.0.web.cart");
        Maps.Find(MapFile.Users, "eve|cart").ShouldBeNull();
        (await _server.GetAsync(Cart + "/status")).ShouldBe(HttpStatusCode.OK)["nodes"]![0]!["observation"]!["lastDrift"]!.GetValue<string>().ShouldContain("apps.map: \"cart\" is put to s.0.web.cart");
    }

    [Fact]
    public async Task A_dead_colour_is_told_with_who_serves_its_requests()
    {
        await RegisterAsync();
        _server.LoadBalancer.HAProxy.SetHealth("web_green", "s1", ServerHealth.Down);

        var answer = (await _server.PutAsync(Cart + "/weights?wait=300ms", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.Accepted);

        const string Says = "green should get 50% and has no usable server in backend \"web_green\": its requests are served by blue";
        answer["warnings"]![0]!.GetValue<string>().ShouldBe($"hap1: {Says}");
        answer["nodes"]![0]!["problem"]!.GetValue<string>().ShouldBe(Says);
        answer["nodes"]![0]!["observation"]!["observed"]!.GetValue<string>().ShouldBe("0%");
    }

    [Theory]
    [InlineData(false, "web_green", "/routing/kind", "is not set up for `map` routing")]
    [InlineData(true, "other", "/routing/pool", "no backend \"web_green\"")]
    public async Task A_pool_that_a_node_cannot_route_is_refused(bool hasMaps, string second, string at, string says)
    {
        _server.LoadBalancer.HasMaps = hasMaps;
        if (second == "other") _server.LoadBalancer.HAProxy.Remove("web_green");

        (await _server.PutAsync(Cart, Definition)).ShouldBeProblem(422, "impossible", at, says);
    }

    [Fact]
    public async Task Rows_of_applications_that_the_agent_has_never_heard_of_stay_in_files_and_maps_until_they_are_registered_and_deleted()
    {
        foreach (var (file, key, value) in Strangers) Maps.Meddle(file, key, value);
        await RegisterAsync();
        _server.LoadBalancer.HAProxy.Restart();
        (await _server.PutAsync(Cart + "/weights?wait=10s", """{"blue":60,"green":40}""")).ShouldBe(HttpStatusCode.OK);

        foreach (var (file, key, value) in Strangers)
        {
            Maps.Find(file, key).ShouldBe(value);
            Maps.Files[file][key].ShouldBe(value);
        }
        Maps.Find(MapFile.Apps, "cart").ShouldBe("s.4000.web.cart");

        (await _server.PutAsync("/api/v1/apps/old", """{"routing":{"kind":"map","pool":"web"}}""")).ShouldBe(HttpStatusCode.Created);
        (await _server.SendAsync(HttpMethod.Delete, "/api/v1/apps/old")).ShouldBe(HttpStatusCode.NoContent);
        await _server.EventuallyAsync(() => Strangers.All(s => Maps.Find(s.File, s.Key) is null && !Maps.Files[s.File].ContainsKey(s.Key)), "the rows gone");
    }

    [Fact]
    public async Task An_agent_without_a_disk_beside_a_store_that_was_wiped_keeps_the_rows_of_the_files()
    {
        await using var fresh = await RunningServer.StartNewAsync();
        fresh.LoadBalancer.HasMaps = true;
        fresh.LoadBalancer.HAProxy.Maps.Keep(MapImage.Empty.With(MapFile.Apps, [new MapRow("old", "s.4000.web.old")]), anew: true);
        await fresh.RegisterShopAsync();
        await fresh.EventuallyAsync("/api/v1/apps/shop/status", s => s["observed"]!.GetValue<bool>(), "a first application");

        fresh.LoadBalancer.HAProxy.Maps.Files[MapFile.Apps]["old"].ShouldBe("s.4000.web.old");
    }

    [Theory]
    [InlineData(MapFile.Users)]
    [InlineData(MapFile.Groups)]
    [InlineData(MapFile.Networks)]
    [InlineData(MapFile.Hosts)]
    public async Task A_map_that_cannot_be_set_keeps_no_lock_out_and_is_told_everywhere(MapFile unused)
    {
        await RegisterAsync();
        (await _server.PutAsync(Cart + "/weights?wait=10s", """{"blue":0,"green":100}""")).ShouldBe(HttpStatusCode.OK);
        Maps.Unused.Add(unused);
        _server.LoadBalancer.HAProxy.Restart();
        await _server.PostAsync(Cart + "/rollback?wait=300ms");

        Maps.Find(MapFile.Apps, "cart").ShouldBe("b.0.web.cart");
        var says = $"does not use {unused.Name()}";
        await _server.EventuallyAsync("/api/v1/nodes", nodes => nodes.ToJsonString().Contains(says, StringComparison.Ordinal), "the problem of the node");
        (await _server.GetAsync("/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable).Text.ShouldContain(says);
        (await _server.PutAsync("/api/v1/apps/two", """{"hosts":["two.test"],"routing":{"kind":"map","pool":"web"}}""")).ShouldBeProblem(422, "impossible", "/routing/kind", says);
        Maps.Unused.Clear();
        await EventuallyObservedAsync();
    }

    private static readonly (MapFile File, string Key, string Value)[] Strangers =
    [
        (MapFile.Apps, "old", "S.4000.web.old"), (MapFile.Hosts, "old.test", "old"), (MapFile.Users, "alice|old", "-1"),
        (MapFile.Groups, "10.0.0.0/8|net|old", "-1"), (MapFile.Networks, "10.0.0.0/8", "10.0.0.0/8"),
    ];

    private async Task RegisterAsync()
    {
        (await _server.PutAsync(Cart, Definition)).ShouldBe(HttpStatusCode.Created);
        await EventuallyObservedAsync();
    }

    private Task<JsonNode> EventuallyObservedAsync() => _server.EventuallyAsync(Cart + "/status", s => s["observed"]!.GetValue<bool>(), "the application observed");
}
