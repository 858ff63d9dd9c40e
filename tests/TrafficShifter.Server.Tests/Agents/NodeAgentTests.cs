using System.Net;
using System.Net.Http.Headers;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Agents;

public sealed class NodeAgentTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":75,"green":25}""")).ShouldBe(HttpStatusCode.OK);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_restarted_HAProxy_gets_its_weights_again()
    {
        _server.LoadBalancer.HAProxy.Restart();
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(100, "the file's weight");

        await EventuallyRightAsync("the weights after the restart");
        (await _server.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_haproxy_process_changes_total{node=\"hap1\"} 1\n");
    }

    [Fact]
    public async Task Weights_that_somebody_else_changed_are_put_right_and_counted()
    {
        _server.LoadBalancer.HAProxy.Set(new SetServerWeight(Core.Apps.ProxyName.Parse("shop_back"), Core.Apps.ProxyName.Parse("green1"), 7));

        await EventuallyRightAsync("the drift put right");
        await _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["observation"]!["driftRepaired"]!.GetValue<int>() == 1, "the repaired drift in the status");
        (await _server.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_weight_drift_total{node=\"hap1\",app=\"shop\"} 1\n");
    }

    [Fact]
    public async Task A_HAProxy_that_cannot_be_asked_is_named_with_its_reason_and_recovers()
    {
        _server.LoadBalancer.Fail(new LoadBalancerException("HAProxy /run/haproxy.sock refused the connection"));

        var status = await _server.EventuallyAsync(Shop + "/status", s => !s["observed"]!.GetValue<bool>(), "the failing node in the status");
        status["nodes"]![0]!["problem"]!.GetValue<string>().ShouldBe("HAProxy /run/haproxy.sock refused the connection");
        status["nodes"]![0]!["progress"]!.GetValue<string>().ShouldBe("failing");
        (await _server.GetAsync("/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable)["notReady"][0]!.GetValue<string>().ShouldBe("hap1: HAProxy /run/haproxy.sock refused the connection");
        (await _server.PutAsync(Shop + "/weights", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK)["warnings"][0]!.GetValue<string>().ShouldContain("it is not known what can be achieved");

        _server.LoadBalancer.Recover();

        await _server.EventuallyAsync(Shop + "/status", s => s["observed"]!.GetValue<bool>(), "the node observed again");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(_server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1"));
        (await _server.GetAsync("/readyz")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_weight_that_HAProxy_refuses_is_named_with_its_words()
    {
        // Between reading and writing the server vanishes, as after a reload with another file.
        _server.LoadBalancer.HAProxy.WeightSet += command =>
        {
            if (command.Server.Value == "blue1") _server.LoadBalancer.HAProxy.Configure("shop_back", ("blue1", 100));
        };
        (await _server.PutAsync(Shop + "/weights?wait=200ms", """{"blue":10,"green":90}""")).Status.ShouldBeOneOf(HttpStatusCode.Accepted, HttpStatusCode.OK);

        var status = await _server.EventuallyAsync(Shop + "/status", s => !s["observed"]!.GetValue<bool>() && s["nodes"]![0]!["problem"] is not null, "the missing server in the status");
        status["nodes"]![0]!["problem"]!.GetValue<string>().ShouldContain("has no server that is green");

        _server.LoadBalancer.HAProxy.Configure("shop_back", ("blue1", 100), ("green1", 100));
    }

    [Fact]
    public async Task A_process_that_changes_between_writing_and_reading_back_gets_the_weights_again()
    {
        var restarts = 0;
        _server.LoadBalancer.HAProxy.WeightSet += _ =>
        {
            if (Interlocked.Increment(ref restarts) == 1) _server.LoadBalancer.HAProxy.Restart();
        };

        (await _server.PutAsync(Shop + "/weights?wait=20s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);

        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(_server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1"));
        restarts.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_colour_without_a_usable_server_gets_nothing_and_the_node_says_so()
    {
        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "green1", ServerHealth.Down);

        var accepted = (await _server.PutAsync(Shop + "/weights?wait=500ms", """{"blue":0,"green":100}""")).ShouldBe(HttpStatusCode.Accepted);

        accepted["nodes"][0]!["problem"]!.GetValue<string>().ShouldContain("green has no usable server in backend \"shop_back\"");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task While_the_store_is_away_reads_tell_their_age_and_changes_are_refused()
    {
        _server.Store.GoAway();

        var status = await _server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count > 0, "the store's absence in the status");
        status["problems"]![0]!.GetValue<string>().ShouldContain("connection refused");
        status["wanted"]!["green"]!.GetValue<string>().ShouldBe("25%");
        foreach (var path in new[] { "/api/v1/apps", Shop, Shop + "/weights", Shop + "/status" })
            (await _server.GetAsync(path)).ShouldBe(HttpStatusCode.OK).Headers.Keys.ShouldContain("Age", path);
        foreach (var (method, path, body) in new[] { ("PUT", "/weights", """{"blue":1,"green":1}"""), ("POST", "/unlock", "{}"), ("DELETE", "", "") })
            (await _server.SendAsync(HttpMethod.Parse(method), Shop + path, body)).ShouldBeProblem(503, "store-unavailable", null, "connection refused. Nothing was changed; HAProxy keeps its weights.");
        _server.LoadBalancer.HAProxy.Restart();
        await EventuallyRightAsync("the weights of the restarted HAProxy, by what was known");
        // What was asked for is on the disk before HAProxy hears of it.
        IsKept("75").ShouldBeTrue();

        _server.Store.ComeBack();

        await _server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count == 0, "the store followed again");
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_agent_that_starts_while_the_store_is_away_serves_what_it_kept_on_its_disk()
    {
        await _server.EventuallyAsync(() => IsKept("75"), "the weights on the disk");
        await _server.StopAsync();
        _server.LoadBalancer.HAProxy.Restart();

        await _server.StartAsync(storeAway: true);

        await EventuallyRightAsync("the weights by the disk");
        _server.Store.ComeBack();
        await _server.EventuallyAsync(Shop + "/status", s => s["observed"]!.GetValue<bool>() && s["problems"]!.AsArray().Count == 0, "the store followed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("""{"index":7,"entries":null}""")]
    [InlineData("""{"index":7,"entries":[null]}""")]
    [InlineData("""{"index":7,"entries":[{"key":"weights/shop","value":"nonsense","modifyIndex":1},{"key":"weights/shop","value":"{}","modifyIndex":1}]}""")]
    public async Task A_broken_file_of_the_last_state_changes_nothing_and_is_replaced(string broken)
    {
        await _server.StopAsync();
        await File.WriteAllTextAsync(DesiredFile, broken);
        _server.LoadBalancer.HAProxy.Restart();

        await _server.StartAsync(storeAway: true);
        (await _server.GetAsync("/healthz")).ShouldBe(HttpStatusCode.OK);
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(100, "without a state that is known the file's weights stay");
        _server.Store.ComeBack();

        await EventuallyRightAsync("the weights by the store");
        await _server.EventuallyAsync(() => IsKept("75"), "desired.json written anew");
    }

    [Theory]
    [InlineData(null, 401, "unauthenticated")]
    [InlineData("api", 403, "forbidden")]
    [InlineData("wrong", 401, "unauthenticated")]
    public async Task The_agents_own_api_needs_the_shared_key(string? with, int status, string type) =>
        (await AskAgentAsync("nodes/hap1/apps/shop", with switch { "api" => _server.Token, "wrong" => new string('x', 32), _ => null })).ShouldBeProblem(status, type, null, "");

    [Fact]
    public async Task An_agent_says_what_it_has_heard_of_while_its_HAProxy_has_not_taken_it_yet()
    {
        _server.LoadBalancer.Fail(new LoadBalancerException("HAProxy /run/haproxy.sock refused the connection"));
        var written = (await _server.PutAsync(Shop + "/weights", """{"blue":60,"green":40}""")).ShouldBe(HttpStatusCode.OK)["modifyIndex"].GetValue<ulong>();

        var answer = (await AskAgentAsync($"nodes/hap1/apps/shop?index={written}&wait=30s&heard=true", RunningServer.AgentKey)).ShouldBe(HttpStatusCode.OK);

        answer["heard"].GetValue<ulong>().ShouldBeGreaterThanOrEqualTo(written);
        answer["watermark"].GetValue<ulong>().ShouldBeLessThan(answer["heard"].GetValue<ulong>());
    }

    [Fact]
    public async Task The_agents_own_api_tells_what_was_observed()
    {
        var answer = (await AskAgentAsync("nodes/hap1/apps/shop?index=1&wait=5s", RunningServer.AgentKey)).ShouldBe(HttpStatusCode.OK);

        answer["observation"]["observed"]!.GetValue<string>().ShouldBe("25%");
        answer["observation"]["inSync"]!.GetValue<bool>().ShouldBeTrue();
        (await AskAgentAsync("nodes/hap1/backends/shop_back", RunningServer.AgentKey)).ShouldBe(HttpStatusCode.OK)["servers"].AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_agent_that_cannot_follow_the_store_has_heard_of_nothing()
    {
        (await AskAgentAsync("nodes/hap1/apps/shop?index=1&heard=true", RunningServer.AgentKey)).ShouldBe(HttpStatusCode.OK)["heard"].GetValue<ulong>().ShouldBeGreaterThan(0ul);
        _server.Store.GoAway();
        await _server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count > 0, "the store's absence in the status");

        // A store that comes back may count anew: an index of before must not look as if a newer rollback was known.
        var answer = (await AskAgentAsync("nodes/hap1/apps/shop?index=1&heard=true", RunningServer.AgentKey)).ShouldBe(HttpStatusCode.OK);

        (answer["heard"].GetValue<ulong>(), answer["watermark"].GetValue<ulong>()).ShouldBe((0ul, 0ul));
    }

    [Theory]
    [InlineData("nodes/hap1/apps", """[{"app":"shop","index":1},{"app":"none","index":1}]""", 200, "\"app\":\"shop\"")]
    [InlineData("nodes/hap9/apps", "[]", 404, "does not drive a node")]
    [InlineData("nodes/hap1/apps", """[{"app":"Shop","index":1}]""", 400, "app")]
    [InlineData("nodes/hap1/apps", "[null]", 400, "null")]
    [InlineData("nodes/hap1/apps", "{}", 400, "")]
    public async Task The_agents_own_api_tells_of_many_applications_at_once(string path, string body, int status, string says)
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningServer.AgentKey);
        using var response = await client.PostAsync("/agent/v1/" + path, new StringContent(body, null, "application/json"));
        var answer = await Answer.ReadAsync(response);

        ((int)answer.Status).ShouldBe(status, answer.Text);
        answer.Text.ShouldContain(says);
        if (status == 200) answer.Json!.AsArray().Select(a => a!["observation"]!["app"]!.GetValue<string>()).ShouldBe(["shop", "none"]);
    }

    [Theory]
    [InlineData("nodes/hap9/apps/shop", 404, "not-found", "does not drive a node \"hap9\"")]
    [InlineData("nodes/hap1/apps/Shop", 400, "bad-name", "character 1 is 'S'")]
    [InlineData("nodes/hap1/apps/shop?wait=31s", 400, "bad-query", "?wait= takes")]
    [InlineData("nodes/hap1/apps/shop?index=-1", 400, "bad-query", "?index= takes a whole number")]
    [InlineData("nodes/hap1/backends/shop%3Bback", 400, "bad-name", "character 5 is ';'")]
    public async Task The_agents_own_api_refuses_what_it_cannot_read(string path, int status, string type, string says) =>
        (await AskAgentAsync(path, RunningServer.AgentKey)).ShouldBeProblem(status, type, null, says);

    private bool IsKept(string weight) => new[] { DesiredFile, DesiredFile + ".journal" }.Any(f => File.Exists(f) && File.ReadAllText(f).Contains(weight, StringComparison.Ordinal));

    private string DesiredFile => Path.Combine(_server.Folder, "desired.json");

    private Task EventuallyRightAsync(string theEvent)
    {
        var haproxy = _server.LoadBalancer.HAProxy;
        return _server.EventuallyAsync(() => haproxy.WeightOf("shop_back", "blue1") == 3 * haproxy.WeightOf("shop_back", "green1"), theEvent);
    }

    private async Task<Answer> AskAgentAsync(string path, string? key)
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.GetAsync("/agent/v1/" + path);
        return await Answer.ReadAsync(response);
    }
}
