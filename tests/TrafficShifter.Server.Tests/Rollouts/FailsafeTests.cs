using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>No controller leads: what the api does by itself, on the embedded store.</summary>
public sealed class FailsafeTests : IAsyncLifetime
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plan_with_a_failsafe_is_rolled_back_after_its_time_and_ends_with_the_next_leader(bool isLockThere)
    {
        var id = await StartAsync("failsafe");
        await StopLeadingAsync();
        if (isLockThere) await _server.WriteAsync("locks/controller", "free");
        var lost = _time.GetUtcNow();

        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "rollingBack", "the rollback");

        // Not sooner; how much later depends on how often the workers of this process get a turn while the clock is moved.
        (_time.GetUtcNow() - lost).ShouldBeGreaterThan(TimeSpan.FromSeconds(9));
        await _server.EventuallyAsync(Shop + "/status", s => s["wanted"]!["green"]!.GetValue<string>() == "0%" && s["observed"]!.GetValue<bool>(), "all traffic on blue, observed");
        var entry = (await _server.GetAsync("/api/v1/history?app=shop&limit=1")).Json![0]!;
        (entry["kind"]!.GetValue<string>(), entry["by"]!.GetValue<string>()).ShouldBe(("rollout.rollingBack", "failsafe"));
        entry["sentence"]!.GetValue<string>().ShouldMatch(@"^no controller has led for \d+s \(failsafe after 10s\), so nobody asks the checks");
        var written = _server.Store.Commits.Last(c => c.Changes.Any(x => x.Key == "weights/shop")).Changes;
        written.OfType<Change.Put>().ShouldContain(c => c.Key == $"rollouts/shop/{id}" && c.Expected > 0, "whoever decided meanwhile wins");
        written.OfType<Change.Unchanged>().Any(c => c.Key == "locks/controller").ShouldBe(isLockThere);

        await Leader.StartAsync(CancellationToken.None);
        await _server.EventuallyAsync($"/api/v1/rollouts/{id}", r => r["phase"]!.GetValue<string>() == "rolledBack", "the end");
    }

    [Fact]
    public async Task Without_one_the_weights_stay_and_a_leader_that_comes_back_in_time_is_asked_nothing()
    {
        var id = await StartAsync("freeze");
        await StopLeadingAsync();
        await PassAsync(TimeSpan.FromMinutes(1));

        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["phase"].GetValue<string>().ShouldBe("progressing");
        _server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBeGreaterThan(0);
        (await _server.Http.GetStringAsync("/metrics")).Split('\n').ShouldContain(l => l.StartsWith("trafficshifter_leaderless_seconds ", StringComparison.Ordinal) && l != "trafficshifter_leaderless_seconds 0");
    }

    [Fact]
    public async Task Time_in_which_the_store_cannot_be_read_is_no_time_without_a_leader()
    {
        var id = await StartAsync("failsafe");
        await StopLeadingAsync();
        await PassAsync(TimeSpan.FromSeconds(6));
        _server.Store.GoAway();
        await PassAsync(TimeSpan.FromSeconds(30));
        _server.Store.ComeBack();
        await PassAsync(TimeSpan.FromSeconds(5));

        (await _server.GetAsync($"/api/v1/rollouts/{id}"))["phase"].GetValue<string>().ShouldBe("progressing");
    }

    private LeaderWorker Leader => _server.Services.GetServices<IHostedService>().OfType<LeaderWorker>().Single();

    /// <summary>A rollout that is in its first step, of ten minutes.</summary>
    private async Task<string> StartAsync(string policy)
    {
        var plan = $$$"""
            {"plan":{"steps":[{"share":"10%","hold":"10m"}],"controllerLoss":{"do":"{{{policy}}}","after":"10s"},
            "checks":[{"name":"errors","query":"errors","max":0.01,"window":"5s","interval":"1s"}]}}
            """;
        var id = (await _server.PostAsync(Shop + "/rollouts", plan)).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();
        await _server.EventuallyAsync(Shop + "/status", s => s["wanted"]!["green"]!.GetValue<string>() == "10%" && s["observed"]!.GetValue<bool>(), "10 % observed");
        return id;
    }

    private async Task StopLeadingAsync() => await Leader.StopAsync(CancellationToken.None);

    private async Task PassAsync(TimeSpan span)
    {
        var end = _time.GetUtcNow() + span;
        await _server.EventuallyAsync(() => _time.GetUtcNow() >= end, $"{span} later");
    }
}
