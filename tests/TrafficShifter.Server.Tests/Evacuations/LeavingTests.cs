using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Evacuations;

/// <summary>Applications of which something must be done before their traffic leaves: hooks asked by real requests to a receiver on loopback, people's words, and waves.</summary>
public sealed class LeavingTests : IAsyncLifetime
{
    private const string Green = "/api/v1/colours/green";
    private const string Shop = "/api/v1/apps/shop";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _server = await RunningServer.StartNewAsync(_time);
        await _server.StopAsync();
        await _server.StartAsync(more: ["--Egress:Networks=127.0.0.0/8", "--Hooks:Secret=a-secret-of-this-test"]);
        await _server.RegisterShopAsync();
        (await _server.PutAsync(Shop + "/weights", """{"blue":0,"green":100}""")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(Shop + "/status", s => s["observed"]!.GetValue<bool>(), "the weights observed");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Traffic_leaves_once_its_hook_has_said_so()
    {
        await DefineAsync($$"""{"hook":{"url":"http://127.0.0.1:{{_receiver.Port}}/move"} }""");
        _receiver.Answer = Receiver.Status(503);
        (await _server.PostAsync(Green + "/evacuate", """{"reason":"new network"}""")).ShouldBe(HttpStatusCode.Accepted);
        var waiting = await _server.EventuallyAsync(Green, g => g["waiting"]!.ToJsonString().Contains("answered 503", StringComparison.Ordinal), "the first answer");
        waiting["sentence"]!.GetValue<string>().ShouldContain("1 application waits: shop (it waits for its hook: 127.0.0.1 answered 503");
        await _server.EventuallyAsync(() => _receiver.Received.Count >= 2, "another attempt");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBeGreaterThan(0, "nothing has moved");

        _receiver.Answer = Receiver.Status(204);
        await _server.EventuallyAsync(Green, g => g["phase"]!.GetValue<string>() == "evacuated", "green evacuated");

        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        var asked = _receiver.Received;
        asked.Select(a => a.Delivery).Distinct().Count().ShouldBe(1);
        asked.Select(a => JsonNode.Parse(a.Body)!["attempt"]!.GetValue<int>()).ShouldBe(Enumerable.Range(1, asked.Count));
        var told = JsonNode.Parse(asked[0].Body)!;
        (told["app"]!.GetValue<string>(), told["leaves"]!.GetValue<string>(), told["to"]!.GetValue<string>(), told["reason"]!.GetValue<string>()).ShouldBe(("shop", "green", "blue", "new network"));
        asked[0].Headers.ContainsKey(Signature.SignatureHeader).ShouldBeTrue();
        (await _server.Store.FindAsync("evacuations/green/shop", CancellationToken.None)).ShouldBeNull("it has done its work");
        (await KindsAsync()).Where(k => k.StartsWith("app.leaving", StringComparison.Ordinal)).ShouldBe(["app.leavingHookFailed", "app.leavingHookPassed"]);
    }

    [Fact]
    public async Task A_person_s_word_lets_it_leave_and_nobody_is_asked_who_does_not_wait()
    {
        await DefineAsync("""{"approve":true}""");
        (await _server.PostAsync(Green + "/apps/shop/approve")).ShouldBeProblem(409, "conflict", null, "\"shop\" does not wait for anybody to leave green");
        (await _server.PostAsync(Green + "/evacuate?dryRun=true")).ShouldBe(HttpStatusCode.OK)["waiting"][0]!["why"]!.GetValue<string>().ShouldStartWith("it waits for a person's word; POST /api/v1/colours/green/apps/shop/approve");
        (await _server.PostAsync(Green + "/evacuate", """{"force":true}""")).ShouldBe(HttpStatusCode.Accepted);
        var waits = await _server.EventuallyAsync(Green, g => g["waiting"]!.AsArray().Count == 1, "shop waiting");
        waits["waiting"]![0]!["can"]!.ToJsonString().ShouldBe("[\"approve\"]");

        (await _server.PostAsync(Green + "/apps/shop/approve", """{"reason":"the primary is moved"}""")).ShouldBe(HttpStatusCode.OK)["approval"]["by"]!.GetValue<string>().ShouldBe("admin");

        await _server.EventuallyAsync(Green, g => g["phase"]!.GetValue<string>() == "evacuated", "green evacuated");
        (await _server.PostAsync(Green + "/apps/nosuch/approve")).ShouldBeProblem(404, "not-found", null, "nosuch");
    }

    [Fact]
    public async Task A_hook_that_may_not_be_called_is_refused_with_the_definition() =>
        (await _server.PutAsync(Shop, """{"routing":{"backend":"shop_back"},"leaving":{"hook":{"url":"http://10.0.0.1/"}}}""")).ShouldBeProblem(422, "impossible", "/leaving/hook/url", "10.0.0.1");

    [Fact]
    public async Task Waves_leave_in_their_order_and_a_wave_of_nobody_is_refused()
    {
        _server.LoadBalancer.HAProxy.Configure("till_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync("/api/v1/apps/till?stable=green", """{"routing":{"backend":"till_back"}}""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync("/api/v1/apps/till/status", s => s["observed"]!.GetValue<bool>(), "till observed");
        (await _server.PostAsync(Green + "/evacuate", """{"waves":[{"owners":["nobody"]}]}""")).ShouldBeProblem(422, "impossible", "/waves/0", "matches no application (owner nobody)");
        (await _server.PostAsync(Green + "/evacuate?dryRun=true", """{"waves":[{"apps":["till"]}]}""")).ShouldBe(HttpStatusCode.OK)["waves"].ToJsonString().ShouldBe("""[["till"],["shop"]]""");

        (await _server.PostAsync(Green + "/evacuate", """{"waves":[{"apps":["till"]}],"pause":"1m"}""")).ShouldBe(HttpStatusCode.Accepted);
        await _server.EventuallyAsync(Green, g => g["counts"]!["evacuated"]!.GetValue<int>() == 1, "the first wave");
        var first = _time.GetUtcNow();
        (await _server.ReadAsync("state/shop"))["evacuated"].ShouldBeNull();
        await _server.EventuallyAsync(Green, g => g["phase"]!.GetValue<string>() == "evacuated", "green evacuated");

        (_time.GetUtcNow() - first).ShouldBeGreaterThan(TimeSpan.FromSeconds(59));
        (await _server.ReadAsync("state/shop"))["evacuated"].ShouldNotBeNull();
    }

    private async Task DefineAsync(string leaving) => (await _server.PutAsync(Shop, $$"""{"routing":{"backend":"shop_back"},"leaving":{{leaving}} }""")).ShouldBe(HttpStatusCode.OK)["leaving"].ShouldNotBeNull();

    private async Task<IReadOnlyList<string>> KindsAsync() =>
        [.. (await _server.Store.ListAsync("history/shop/", CancellationToken.None)).Entries.OrderBy(e => e.ModifyIndex).Select(e => JsonNode.Parse(e.Value)!["kind"]!.GetValue<string>())];
}
