using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>A shift is tried on what was heard: what changed in the store without a word to anybody still decides.</summary>
public sealed class ShiftOnHeardTests : IAsyncLifetime
{
    private const string Weights = "/api/v1/apps/shop/weights";
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("state/shop", "lock", """{"to":"blue","by":"anna","reason":"fire","at":"2026-01-01T00:00:00Z"}""", HttpStatusCode.Conflict)]
    [InlineData("apps/shop", "deleted", "true", HttpStatusCode.NotFound)]
    public async Task A_change_that_nobody_told_of_is_not_written_over(string key, string member, string value, HttpStatusCode expected)
    {
        var document = await _server.ReadAsync(key);
        document[member] = System.Text.Json.Nodes.JsonNode.Parse(value);
        (await _server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Set(key, document.ToJsonString())), CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>();

        (await _server.PutAsync(Weights, """{"blue":50,"green":50}""")).ShouldBe(expected);

        (await _server.ReadAsync("weights/shop"))["green"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task What_this_process_wrote_is_followed_before_the_store_is_read_again()
    {
        // From the moment of the write on, nobody learns from the store what was written.
        _server.Store.AfterCommit = changes =>
        {
            if (changes.Changes.Any(c => c.Key == "weights/shop")) _server.Store.Hangs = key => key == "weights/shop";
        };

        (await _server.PutAsync(Weights + "?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);

        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(_server.LoadBalancer.HAProxy.WeightOf("shop_back", "blue1"));
    }

    [Fact]
    public async Task A_server_that_went_down_since_it_was_seen_last_is_told_of_although_the_shift_is_written()
    {
        (await _server.PutAsync(Weights + "?wait=10s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);
        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "green1", ServerHealth.Down);

        var answer = await _server.Http.PutAsync(Weights, new StringContent("""{"blue":25,"green":75}""", System.Text.Encoding.UTF8, "application/json"));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("warnings");
    }
}
