using System.Net;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>Whatever somebody puts into the store, the server goes on, and nobody's traffic moves by it.</summary>
public sealed class OddStoreTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("weights/shop", """{"blue":50,"green":50,"change":".."}""")]
    [InlineData("weights/shop", """{"blue":50,"green":50,"change":"a//b"}""")]
    [InlineData("weights/shop", """{"blue":50,"green":50,"note":"\ud800"}""")]
    [InlineData("weights/shop/old", """{"blue":0,"green":100}""")]
    [InlineData("weights/shop/", """{"blue":0,"green":100}""")]
    [InlineData("state/shop/x", """{"stable":"green","lock":{"to":"green","by":"x","reason":"x","at":"2026-01-01T00:00:00Z"}}""")]
    [InlineData("feed/somebody/0", """{"number":1,"keys":["weights/../x","weights//","apps/shop/.."]}""")]
    [InlineData("overrides/..00000000000000000000000000", """{"id":"../..00000000000000000000","to":"green","by":"x","reason":"x","at":"2026-01-01T00:00:00Z"}""")]
    [InlineData("overrides/hap1/01KZZZZZZZZZZZZZZZZZZZZZZZ", """{"id":"01KZZZZZZZZZZZZZZZZZZZZZZZ","node":"hap2","to":"green","by":"x","reason":"x","at":"2026-01-01T00:00:00Z"}""")]
    [InlineData("rollouts/shop/x", """{"measurements":[{"check":"x"}]}""")]
    [InlineData("nodes/odd", """{"node":"hap1","address":"not a url"}""")]
    public async Task An_odd_entry_moves_nothing_and_stops_nothing(string key, string value)
    {
        await _server.WriteAsync(key, value);

        // What is done afterwards shows that every worker still works: a shift is observed, a hand edit is followed.
        (await _server.PutAsync("/api/v1/apps/shop/weights?wait=10s", """{"blue":90,"green":10}""")).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Accepted);
        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["wanted"]!["green"]!.GetValue<string>() == "10%" && s["nodes"]!.AsArray().Any(n => n!["progress"]!.GetValue<string>() == "observed"), "the shift observed");
        await _server.WriteAsync(Keys.WeightsOf(Core.Apps.AppName.Parse("shop")), """{"blue":70,"green":30}""");
        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["nodes"]!.AsArray().Any(n => n!["observation"]?["observed"]?.GetValue<string>() == "30%"), "the hand edit followed");
        (await _server.PostAsync("/api/v1/apps/shop/rollback?wait=5s")).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Accepted);
        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["nodes"]!.AsArray().Any(n => n!["observation"]?["observed"]?.GetValue<string>() == "0%"), "the rollback observed");
    }

    [Fact]
    public async Task A_server_of_another_application_is_refused()
    {
        var answer = await _server.PutAsync("/api/v1/apps/copy", """{"routing":{"backend":"shop_back"}}""");
        answer.ShouldBeProblem(409, "conflict", null, "servers of backend \"shop_back\" belong to the application \"shop\": the prefixes \"blue\" and \"blue\" overlap");
    }

    [Fact]
    public async Task An_application_whose_rollout_is_gone_is_free_for_another()
    {
        await _server.WriteAsync("state/shop", """{"stable":"blue","rollout":"shop-01jd2x3y4z5a6b7c8d9e0f1g2h"}""");
        await _server.Services.GetRequiredService<TrafficShifter.Server.Traffic.TrafficWriter>().AnnounceAsync(["state/shop"], CancellationToken.None);

        await _server.EventuallyAsync("/api/v1/history?app=shop&limit=1", h => h[0]!["kind"]!.GetValue<string>() == "rollout.released", "the application released");
        (await _server.ReadAsync("state/shop"))["rollout"].ShouldBeNull();
    }

    [Fact]
    public async Task A_part_of_the_store_that_the_feed_names_is_read_whole()
    {
        await _server.WriteAsync("state/shop", """{"stable":"blue","lock":{"to":"green","by":"anna","reason":"outage","at":"2026-01-01T00:00:00Z"}}""");
        await _server.Services.GetRequiredService<TrafficShifter.Server.Traffic.TrafficWriter>().AnnounceAsync([Keys.States], CancellationToken.None);

        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["source"]!.GetValue<string>() == "lock", "the lock below the part that was named");
    }

    [Fact]
    public async Task Weights_by_hand_do_not_end_a_rollback_of_all()
    {
        (await _server.PostAsync("/api/v1/rollback", """{"to":"blue"}""")).Status.ShouldBe(HttpStatusCode.OK);
        await _server.WriteAsync("weights/shop", """{"blue":0,"green":100}""");

        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["problems"]!.AsArray().Any(p => p!.GetValue<string>().Contains("stored and not applied", StringComparison.Ordinal)), "the hand edit seen");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
    }
}
