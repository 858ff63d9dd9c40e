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
}
