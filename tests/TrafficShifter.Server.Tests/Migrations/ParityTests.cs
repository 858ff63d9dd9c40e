using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Migrations;

/// <summary>Whether applications are ready to move: servers in memory, probes by real requests to a receiver on loopback.</summary>
public sealed class ParityTests : IAsyncLifetime
{
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _server = await RunningServer.StartNewAsync(nodes: ["hap1", "hap2"]);
        await _server.StopAsync();
        await _server.StartAsync(more: ["--Egress:Networks=127.0.0.0/8"]);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Enough_usable_servers_on_every_node_are_ready_and_too_few_on_one_are_not()
    {
        await _server.RegisterShopAsync();
        var ready = await ReadyAsync();
        ready["sentence"]!.GetValue<string>().ShouldBe("ready: 1 check");
        (ready["to"]!.GetValue<string>(), ready["findings"]![0]!["sentence"]!.GetValue<string>()).ShouldBe(("green", "usable servers of green: 1 of 1 on hap1, 1 of 1 on hap2"));

        _server.LoadBalancerOf("hap2").HAProxy.SetHealth("shop_back", "green1", ServerHealth.Down);
        var missing = await RowAsync(r => !r["ready"]!.GetValue<bool>(), "too few servers");
        missing["sentence"]!.GetValue<string>().ShouldBe("not ready: usable servers of green: 0 of 1 on hap2, at least 50% needed");
        var finding = missing["findings"]![0]!;
        (finding["check"]!.GetValue<string>(), finding["verdict"]!.GetValue<string>(), finding["value"]!.GetValue<string>(), finding["limit"]!.GetValue<string>()).ShouldBe(("servers", "notReady", "0 of 1", "at least 50%"));
        (await PageAsync("?to=blue"))["ready"]!.GetValue<int>().ShouldBe(1, "blue's servers are up");
    }

    [Fact]
    public async Task Probes_of_both_colours_and_their_versions_are_compared()
    {
        var green = (Status: 200, Version: "v2");
        _receiver.Answer = http =>
        {
            var isGreen = http.Request.Path.StartsWithSegments("/green");
            http.Response.StatusCode = isGreen ? green.Status : 200;
            return http.Response.WriteAsync($$"""{"build":{"image":"{{(isGreen ? green.Version : "v2")}}"} }""");
        };
        await PutShopAsync($$$"""{"probe":{"url":"http://127.0.0.1:{{{_receiver.Port}}}/{{colour}}/healthz","headers":{"Host":"{{host}}","X-App":"{{app}}"},"version":{"json":"$.build.image"} } }""");
        var ready = await ReadyAsync();
        ready["findings"]!.AsArray().Select(f => f!["check"]!.GetValue<string>()).ShouldBe(["servers", "probe/blue", "probe/green", "version"]);
        (ready["versions"]!["blue"]!.GetValue<string>(), ready["versions"]!["green"]!.GetValue<string>()).ShouldBe(("v2", "v2"));
        var asked = _receiver.Received.First(r => r.Path == "/green/healthz");
        (asked.Method, asked.Headers["Host"], asked.Headers["X-App"]).ShouldBe(("GET", "shop.example.com", "shop"));

        green = (200, "v1");
        (await RowAsync(r => !r["ready"]!.GetValue<bool>(), "another version"))["sentence"]!.GetValue<string>().ShouldBe("not ready: green is of version v1, blue of v2");
        green = (200, @"\ud800");
        (await RowAsync(r => !r["ready"]!.GetValue<bool>() && r["versions"]!["green"] is null, "a version that is no text"))["sentence"]!.GetValue<string>().ShouldBe("not known to be ready: green does not say which version it is of");
        green = (302, "v2");
        (await RowAsync(r => r["sentence"]!.GetValue<string>().Contains("302", StringComparison.Ordinal), "a redirect"))["sentence"]!.GetValue<string>().ShouldMatch("^not ready: green: 127\\.0\\.0\\.1 answered 302 in .*, expected 200-299; redirects are not followed");
    }

    [Fact]
    public async Task A_definition_is_answered_with_its_preflight_and_may_be_sent_back()
    {
        const string preflight = """{"probe":{"url":"http://127.0.0.1/{{colour}}","method":"get","status":["200-299"],"timeout":"1s","interval":"15s"},"queries":[{"name":"drops","query":"drops","max":0,"equal":false,"window":"5m"}],"minHealthy":"75%","release":{"url":"http://127.0.0.1/","timeout":"10s","interval":"30s","deadline":"30m"}}""";
        await PutShopAsync(preflight);
        var answered = (await _server.GetAsync("/api/v1/apps/shop")).ShouldBe(HttpStatusCode.OK);
        answered["preflight"].ToJsonString().ShouldBe(JsonNode.Parse(preflight)!.ToJsonString());
        (await _server.PutAsync("/api/v1/apps/shop", answered.Text)).ShouldBe(HttpStatusCode.OK)["preflight"].ToJsonString().ShouldBe(JsonNode.Parse(preflight)!.ToJsonString());
        (await _server.ReadAsync("apps/shop"))["preflight"]!.ToJsonString().ShouldBe(JsonNode.Parse(preflight)!.ToJsonString());
    }

    [Fact]
    public async Task Queries_hold_or_do_not_or_are_unknown()
    {
        await PutShopAsync("""{"queries":[{"name":"replicas","query":"replicas_{{colour}}","equal":true},{"name":"drops","query":"drops","max":0}]}""");
        _server.Metrics.Set("replicas_blue", 3);
        _server.Metrics.Set("replicas_green", 3);
        _server.Metrics.Set("drops", 0);
        await ReadyAsync();

        _server.Metrics.Set("replicas_green", 2);
        (await RowAsync(r => !r["ready"]!.GetValue<bool>(), "fewer replicas"))["sentence"]!.GetValue<string>().ShouldBe("not ready: replicas: 2 on green, 3 on blue");
    }

    [Fact]
    public async Task A_probe_outside_the_allow_list_is_refused_with_its_place()
    {
        (await PutAsync("""{"probe":{"url":"http://{{colour}}.elsewhere.example/"}}""")).ShouldBeProblem(422, "impossible", "/preflight/probe/url", "\"blue.elsewhere.example\" is none of Egress:Hosts");
        (await PutAsync("""{"probe":{"blue":"http://127.0.0.1:1/","green":"http://169.254.169.254/"}}""")).ShouldBeProblem(422, "impossible", "/preflight/probe/green", "is none of Egress:Hosts");
        (await PutAsync("""{"probe":{"url":"http://{{host}}/{{colour}}"}}""")).ShouldBeProblem(422, "impossible", "/preflight/probe/url", "\"shop.example.com\" is none of Egress:Hosts");
        (await PutAsync("""{"release":{"url":"http://10.0.0.1/"}}""")).ShouldBeProblem(422, "impossible", "/preflight/release/url", "is none of Egress:Hosts");
        (await PutAsync("""{"probe":{"url":"http://127.0.0.1/{{colour}}","timeout":"1m"}}""")).ShouldBeProblem(422, "impossible", "/preflight/probe/timeout", "100ms to 5s, not 1m");
        (await PutAsync("""{"probe":{"url":"http://127.0.0.1/{{colour}}","retries":3}}""")).ShouldBeProblem(400, "malformed", "/preflight/probe/retries", "not a field");
        (await _server.GetAsync("/api/v1/apps/shop")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_migration_whose_probe_may_not_be_called_is_refused_with_its_place_and_its_applications()
    {
        await _server.RegisterShopAsync();
        var migration = """{"to":"green","plan":"fast","waves":[{"name":"all","select":{"apps":["shop"]}}],"preflight":{"probe":{"url":"http://{{colour}}.elsewhere.example/"}}}""";
        await _server.EventuallyAsync("/api/v1/parity", p => p["apps"]!.AsArray().Count == 1, "shop known");
        (await _server.PutAsync("/api/v1/migrations/m1", migration)).ShouldBeProblem(422, "impossible", "/preflight/probe/url", "\"shop\": \"blue.elsewhere.example\" is none of Egress:Hosts");
        (await _server.PutAsync("/api/v1/migrations/m1?dryRun=true", migration)).ShouldBe(HttpStatusCode.OK).Text.ShouldContain("/preflight/probe/url");
        (await _server.GetAsync("/api/v1/migrations/m1")).Status.ShouldBe(HttpStatusCode.NotFound);
        var bare = """{"to":"green","plan":"fast","waves":[{"name":"all","select":{"apps":["shop"]}}],"preflight":{"probe":{"url":"http://127.0.0.1/{{host}}/{{colour}}"}}}""";
        (await _server.PutAsync("/api/v1/migrations/m1", bare)).ShouldBeProblem(422, "impossible", "/preflight/probe/url", "shop has no host, and the probe needs one");
    }

    [Fact]
    public async Task A_node_that_gives_no_sign_of_life_is_unknown()
    {
        await _server.RegisterShopAsync();
        await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Set("nodes/hap9", """{"schema":1,"node":"hap9","address":"http://127.0.0.1:1","at":"2026-11-21T12:00:00Z"}""")), default);

        (await RowAsync(r => !r["ready"]!.GetValue<bool>(), "the unknown node"))["sentence"]!.GetValue<string>().ShouldStartWith("not known to be ready: node hap9 (unknown: its agent gives no sign of life)");
    }

    [Fact]
    public async Task Pages_go_through_the_fleet_and_show_only_what_one_may_see()
    {
        foreach (var node in new[] { "hap1", "hap2" })
            for (var i = 1; i <= 5; i++) _server.LoadBalancerOf(node).HAProxy.Configure($"back{i}", ("blue1", 100), ("green1", 100));
        for (var i = 1; i <= 5; i++) (await _server.PutAsync($"/api/v1/apps/app{i}", $$"""{"routing":{"backend":"back{{i}}"} }""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync("/api/v1/parity", p => p["apps"]!.AsArray().Count == 5, "five applications");

        var first = (await _server.GetAsync("/api/v1/parity?limit=2")).ShouldBe(HttpStatusCode.OK);
        first.Headers["Link"].ShouldBe("</api/v1/parity?limit=2&after=app2>; rel=\"next\"");
        var last = (await _server.GetAsync("/api/v1/parity?limit=2&after=app4")).ShouldBe(HttpStatusCode.OK);
        Names(last.Json!).ShouldBe(["app5"]);
        (last.Json!["next"], last.Headers.ContainsKey("Link")).ShouldBe((null, false));
        Names((await _server.GetAsync("/api/v1/parity?app=app3&app=app1&app=none")).Json!).ShouldBe(["app1", "app3"]);
        using var limited = new Client(_server, await Client.MakeTokenAsync(_server, "one", "viewer", ",\"apps\":[\"app2\"]"));
        Names((await limited.GetAsync("/api/v1/parity")).Json!).ShouldBe(["app2"]);
        (await _server.GetAsync("/api/v1/parity?to=red")).ShouldBeProblem(400, "bad-query", null, "?to= takes blue, green or other");
        (await _server.GetAsync("/api/v1/parity?limit=501")).ShouldBeProblem(400, "bad-query", null, "?limit= takes a number from 1 to 500");
    }

    private static string[] Names(JsonNode page) => [.. page["apps"]!.AsArray().Select(a => a!["app"]!.GetValue<string>())];

    private Task<JsonNode> ReadyAsync() => RowAsync(r => r["ready"]!.GetValue<bool>(), "readiness");

    private async Task<JsonNode> RowAsync(Func<JsonNode, bool> expected, string theEvent) =>
        (await _server.EventuallyAsync("/api/v1/parity?app=shop", p => p["apps"]!.AsArray() is [{ } row] && expected(row), theEvent))["apps"]![0]!;

    private async Task<JsonNode> PageAsync(string query) => (await _server.GetAsync("/api/v1/parity" + query)).ShouldBe(HttpStatusCode.OK).Json!;

    private Task<Answer> PutAsync(string preflight) => _server.PutAsync("/api/v1/apps/shop", $$"""{"hosts":["shop.example.com"],"routing":{"backend":"shop_back"},"preflight":{{preflight}} }""");

    private async Task PutShopAsync(string preflight) => (await PutAsync(preflight)).ShouldBe(HttpStatusCode.Created);
}
