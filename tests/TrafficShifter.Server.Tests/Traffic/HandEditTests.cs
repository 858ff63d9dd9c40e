using System.Text.Json.Nodes;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>Documents that somebody changes in the store itself.</summary>
public sealed class HandEditTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Weights_written_by_hand_are_followed_and_noted()
    {
        await _server.WriteAsync("weights/shop", """{"blue":50,"green":50}""");

        await NotedAsync("blue 100% / green 0% → blue 50% / green 50% by hand in the store");
        await _server.EventuallyAsync(Shop + "/status", s => s["observed"]!.GetValue<bool>() && s["wanted"]!["green"]!.GetValue<string>() == "50%", "50 % observed");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(_server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1"));
    }

    [Fact]
    public async Task Weights_written_by_hand_right_before_a_change_of_the_service_are_noticed_too()
    {
        _server.LoadBalancer.HAProxy.Configure("other_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync("/api/v1/apps/other", """{"routing":{"backend":"other_back"}}""")).ShouldBe(System.Net.HttpStatusCode.Created);

        // While the service's own changes come one after the other, the newest is never the one that was written by hand.
        (await _server.PutAsync(Shop + "/weights", """{"blue":90,"green":10}""")).ShouldBe(System.Net.HttpStatusCode.OK);
        await _server.WriteAsync("weights/other", """{"blue":50,"green":50}""");
        (await _server.PutAsync(Shop + "/weights", """{"blue":80,"green":20}""")).ShouldBe(System.Net.HttpStatusCode.OK);

        await _server.EventuallyAsync("/api/v1/apps/other/status", s => s["observed"]!.GetValue<bool>() && s["wanted"]!["green"]!.GetValue<string>() == "50%", "50 % observed");
    }

    [Fact]
    public async Task What_this_process_heard_of_by_reading_everything_is_announced_to_the_others_all_the_same()
    {
        var told = await CountAnnouncedAsync();

        // A writer that nobody knows: everything is read, the change by hand with it.
        await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Set("weights/shop", """{"blue":50,"green":50}"""), new Change.Set("feed/other/0", """{"number":4096,"keys":[],"schema":1}""")), CancellationToken.None);

        await NotedAsync("→ blue 50% / green 50% by hand in the store");
        (await CountAnnouncedAsync()).ShouldBeGreaterThan(told);

        async Task<int> CountAnnouncedAsync() => (await _server.Store.ListAsync("feed/", CancellationToken.None)).Entries.Sum(e => e.Value.Split("weights/shop").Length - 1);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"blue":-1,"green":1}""")]
    [InlineData("""{"blue":0,"green":0}""")]
    [InlineData("""{"blue":50}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Broken_weights_are_ignored_and_reported(string broken)
    {
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":75,"green":25}""")).ShouldBe(System.Net.HttpStatusCode.OK);
        await _server.WriteAsync("weights/shop", broken);

        await NotedAsync("written by hand and ignored; the last valid weights stay");
        var status = await _server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count > 0 && s["observed"]!.GetValue<bool>(), "the broken value in the status");
        status["problems"]![0]!.GetValue<string>().ShouldStartWith("weights/shop is not valid: ");
        status["wanted"]!["green"]!.GetValue<string>().ShouldBe("25%");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(3 * _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1"));
        (await _server.GetAsync(Shop + "/weights"))["warnings"][0]!.GetValue<string>().ShouldContain("the last valid weights stay");
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":90,"green":10}""")).ShouldBe(System.Net.HttpStatusCode.OK);
        (await _server.GetAsync(Shop + "/status"))["problems"].AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("apps/shop", """{"name":"shop","owners":[null],"routing":{"backend":"shop_back"}}""")]
    [InlineData("apps/shop", """{"name":"shop","routing":{"backend":"shop_back","blue":{"servers":[null]}}}""")]
    [InlineData("apps/shop", """{"name":"shop","routing":{"backend":"shop;back"}}""")]
    [InlineData("state/shop", """{"stable":"red"}""")]
    [InlineData("state/shop", "{")]
    public async Task Any_broken_document_leaves_the_last_good_one_in_force(string key, string broken)
    {
        await _server.WriteAsync(key, broken);
        // A change that names the key makes everybody read it again.
        await _server.WriteAsync("feed/somebody/0", $$"""{"number":1,"keys":["{{key}}"]}""");

        var status = await _server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count > 0, "the broken value in the status");

        status["problems"]![0]!.GetValue<string>().ShouldStartWith($"{key} is not valid: ");
        status["wanted"]!["blue"]!.GetValue<string>().ShouldBe("100%");
    }

    [Theory]
    [InlineData("feed/somebody/0", "nonsense")]
    [InlineData("feed/somebody/0", """{"number":1,"keys":[null]}""")]
    [InlineData("feed/odd", "")]
    [InlineData("weights/No App", """{"blue":1,"green":1}""")]
    [InlineData("apps/../x", "{}")]
    [InlineData("control/rollback", "nonsense")]
    public async Task A_key_that_nobody_understands_stops_nothing(string key, string value)
    {
        await _server.WriteAsync(key, value);

        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":90,"green":10}""")).ShouldBe(System.Net.HttpStatusCode.OK);
    }

    [Fact]
    public async Task Weights_that_vanish_change_nothing_and_are_reported_as_lost()
    {
        (await _server.PutAsync(Shop + "/weights?wait=10s", """{"blue":75,"green":25}""")).ShouldBe(System.Net.HttpStatusCode.OK);
        var entry = (await _server.Store.FindAsync("weights/shop", CancellationToken.None))!;

        await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex)), CancellationToken.None);

        var status = await _server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count > 0, "kv-lost");
        status["problems"]![0]!.GetValue<string>().ShouldBe("kv-lost: weights/shop vanished; the last known weights stay");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1").ShouldBe(3 * _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1"));
    }

    [Fact]
    public async Task Weights_written_by_hand_under_a_lock_are_noted_and_not_applied()
    {
        (await _server.PostAsync(Shop + "/rollback?wait=10s")).ShouldBe(System.Net.HttpStatusCode.OK);

        await _server.WriteAsync("weights/shop", """{"blue":50,"green":50}""");

        await NotedAsync("by hand in the store; not applied, all traffic is locked to blue");
        var status = await _server.EventuallyAsync(Shop + "/status", s => s["problems"]!.AsArray().Count > 0, "the ignored weights in the status");
        status["problems"]![0]!.GetValue<string>().ShouldContain("are stored and not applied");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
    }

    private Task<JsonNode> NotedAsync(string sentence) => _server.EventuallyAsync(
        "/api/v1/history?app=shop",
        h => h.AsArray().Any(e => e!["kind"]!.GetValue<string>() == "weights.setByHand" && e["sentence"]!.GetValue<string>().Contains(sentence, StringComparison.Ordinal)),
        $"a history entry that says \"{sentence}\"");
}
