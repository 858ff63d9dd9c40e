using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>Both sides are bad: the new one fails its check, and the stable one has no server left.</summary>
public sealed class DeadServersTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
        _server.Metrics.Set("errors", 0);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_rollback_to_a_dead_side_holds_and_calls_for_somebody_once_and_moves_as_soon_as_a_server_is_up()
    {
        var id = (await _server.PostAsync(Shop + "/rollouts", """
            {"plan":{"steps":[{"share":"10%","hold":"10m"}],"nodeGrace":"5s","checks":[{"name":"errors","query":"errors","max":0.01,"window":"5s","interval":"1s"}]}}
            """)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();
        await _server.EventuallyAsync(Shop + "/status", s => s["wanted"]!["green"]!.GetValue<string>() == "10%" && s["observed"]!.GetValue<bool>(), "10 % observed");
        await SeeMetricAsync("trafficshifter_check_value{app=\"shop\",check=\"errors\"} 0\n");
        var green = _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1");
        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "blue1", ServerHealth.Down);
        _server.Metrics.Set("errors", 0.5);

        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]!.GetValue<string>().Contains("usable servers of blue: 0 of 1 on hap1", StringComparison.Ordinal), "the hold");
        var end = _time.GetUtcNow() + TimeSpan.FromMinutes(1);
        await _server.EventuallyAsync(() => _time.GetUtcNow() >= end, "a minute later, long past nodeGrace");

        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["phase"].GetValue<string>().ShouldBe("rollingBack");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(green);
        (await KindsAsync()).Count(k => k == "rollout.held").ShouldBe(1);
        (await _server.GetAsync(Shop + "/status"))["problems"].AsArray().Select(p => p!.GetValue<string>()).ShouldContain(p => p.StartsWith($"rollout {id} needs somebody: all traffic back to blue: usable servers of blue: 0 of 1 on hap1", StringComparison.Ordinal));
        await SeeMetricAsync("trafficshifter_rollout_holds{app=\"shop\",why=\"servers\"} 1\n");
        await SeeMetricAsync("trafficshifter_measurements_total{app=\"shop\",check=\"errors\",outcome=\"failed\"} 2\n");

        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "blue1", ServerHealth.Up);
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "rolledBack", "the end");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
        await _server.EventuallyAsync(Shop + "/status", s => s["rollout"] is null, "the application free");
        (await _server.GetAsync("/metrics")).Text.ShouldNotContain("trafficshifter_rollout_holds{");
    }

    [Fact]
    public async Task Nothing_starts_towards_servers_that_are_down()
    {
        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "green1", ServerHealth.Down);
        await _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["observation"]!["usable"]!["green"]!["usable"]!.GetValue<int>() == 0, "green read as down");
        var id = (await _server.PostAsync(Shop + "/rollouts", """
            {"plan":{"steps":[{"share":"10%","hold":"10m"}],"checks":[{"name":"errors","query":"errors","max":0.01,"window":"5s","interval":"1s"}]}}
            """)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();

        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["sentence"]?.GetValue<string>() == "not started: usable servers of green: 0 of 1 on hap1, at least 50% needed", "the hold");
        _server.LoadBalancer.HAProxy.SetHealth("shop_back", "green1", ServerHealth.Up);
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "progressing", "the start");
    }

    private async Task SeeMetricAsync(string line)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await _server.GetAsync("/metrics")).Text.Contains(line, StringComparison.Ordinal))
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            patience.IsCancellationRequested.ShouldBeFalse($"after 30 s still missing: {line}");
        }
    }

    private async Task<List<string>> KindsAsync() =>
        [.. (await _server.GetAsync("/api/v1/history?app=shop&limit=100")).Json!.AsArray().Select(h => h!["kind"]!.GetValue<string>())];
}
