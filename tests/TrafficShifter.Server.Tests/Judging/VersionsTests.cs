using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Judging;

/// <summary>The baseline is of the version that is stable, not of the colour: what that colour served before its promotion was another one.</summary>
public sealed class VersionsTests : IAsyncLifetime
{
    private const string Rollouts = "/api/v1/apps/shop/rollouts";
    private const string Plan = """{"plan":{"steps":[{"share":"50%","hold":"5s"}],"judge":{"minDwell":"4s","midDwell":"6s","maxDwell":"20s"}}}""";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        _ = new CountedTraffic(_server.Metrics, _time) { Green = () => 0.5, History = 60 };
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Half_an_hour_after_a_promotion_the_new_version_has_a_baseline_and_after_an_undo_the_old_one()
    {
        (await BaselineAsync())["isYoung"]!.GetValue<bool>().ShouldBeFalse();
        await PromoteAsync();

        (await _server.ReadAsync("state/shop"))["stableSince"].ShouldNotBeNull();
        (await BaselineAsync())["isYoung"]!.GetValue<bool>().ShouldBeTrue();
        _time.Advance(TimeSpan.FromMinutes(31));
        (await BaselineAsync())["isYoung"]!.GetValue<bool>().ShouldBeFalse();
        _server.Metrics.Queries.Last(q => q.Contains("_latency_", StringComparison.Ordinal)).ShouldEndWith("[1860s]))");

        (await _server.PostAsync("/api/v1/apps/shop/undo")).ShouldBe(HttpStatusCode.OK);
        (await BaselineAsync())["isYoung"]!.GetValue<bool>().ShouldBeTrue();
    }

    private async Task<JsonNode> BaselineAsync() => (await _server.PostAsync($"{Rollouts}?dryRun=true", Plan)).ShouldBe(HttpStatusCode.OK)["judge"]["baseline"]!;

    private async Task PromoteAsync()
    {
        var id = (await _server.PostAsync(Rollouts, Plan)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "succeeded", "phase succeeded");
        await _server.EventuallyAsync("/api/v1/apps/shop/status", s => s["stable"]!.GetValue<string>() == "green" && s["observed"]!.GetValue<bool>(), "green being stable");
    }
}
