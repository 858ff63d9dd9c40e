using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>Rollouts do not wait for each other.</summary>
public sealed class ApartTests
{
    private const string Check = """{"name":"errors","query":"errors{app=\"{{app}}\",colour=\"{{colour}}\"}","max":0.01,"window":"3s","interval":"1s"}""";

    [Fact]
    public async Task A_query_that_hangs_delays_neither_another_rollout_nor_the_sweep()
    {
        var time = new ManualTime();
        await using var server = await RunningServer.StartNewAsync(time);
        server.LoadBalancer.HAProxy.Configure("slow_back", ("blue1", 100), ("green1", 100));
        server.LoadBalancer.HAProxy.Configure("third_back", ("blue1", 100), ("green1", 100));
        await server.RegisterShopAsync();
        foreach (var app in new[] { "slow", "third" }) (await server.PutAsync($"/api/v1/apps/{app}", $$$"""{"routing":{"backend":"{{{app}}}_back"}}""")).ShouldBe(HttpStatusCode.Created);
        server.Metrics.Set("errors{app=\"shop\",colour=\"green\"}", 0.001);
        server.Metrics.Set("errors{app=\"slow\",colour=\"green\"}", 0.001);
        var slow = await StartAsync(server, "slow");
        await server.EventuallyAsync($"/api/v1/rollouts/{slow}", r => r["phase"]!.GetValue<string>() == "progressing", "the slow rollout's first step");
        using var release = new ManualResetEventSlim();
        using var hanging = new SemaphoreSlim(0);
        server.Metrics.AnswerBy(query =>
        {
            if (!query.Contains("slow", StringComparison.Ordinal)) return null;
            hanging.Release();
            release.Wait();
            return new QueryAnswer.Value(0.001, default);
        });
        try
        {
            await server.EventuallyAsync(() => hanging.CurrentCount > 0, "the query that hangs");

            var shop = await StartAsync(server, "shop");
            await server.EventuallyAsync($"/api/v1/rollouts/{shop}", r => r["phase"]!.GetValue<string>() == "succeeded", "the other rollout's success");

            (await server.PostAsync("/api/v1/rollback", """{"reason":"outage"}""")).ShouldBe(HttpStatusCode.OK);
            await server.EventuallyAsync("/api/v1/apps/third/status", s => s["source"]!.GetValue<string>() == "lock", "the sweep");
            (await server.GetAsync($"/api/v1/rollouts/{slow}"))["phase"].GetValue<string>().ShouldBe("progressing", "its turn still hangs");
        }
        finally
        {
            release.Set();
        }
        await server.EventuallyAsync($"/api/v1/rollouts/{slow}", r => r["phase"]!.GetValue<string>() == "rolledBack", "the end of the slow one");
    }

    private static async Task<string> StartAsync(RunningServer server, string app) =>
        (await server.PostAsync($"/api/v1/apps/{app}/rollouts", $$"""{"plan":{"steps":[{"share":"10%","hold":"5s"}],"checks":[{{Check}}]} }""")).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();
}
