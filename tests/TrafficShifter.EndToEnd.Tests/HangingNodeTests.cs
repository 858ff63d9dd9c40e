using System.Diagnostics;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>One of five nodes hangs in mid-rollout: a real HAProxy, stopped by SIGSTOP, whose socket takes connections and answers none.</summary>
[Trait("HAProxy", "any")]
public sealed class HangingNodeTests(ITestOutputHelper output)
{
    private static readonly Backend Shop = new("shop");

    [Fact]
    public async Task A_rollout_waits_for_its_grace_goes_on_without_the_node_says_so_and_the_node_is_right_when_it_is_back()
    {
        await using var upstream = await UpstreamApp.StartAsync(UpstreamPorts.Free(1, 1));
        var servers = new[] { Colour.Blue, Colour.Green }.Select(c => new HAProxyServer($"{c.Word()}1", upstream.PortsOf(c)[0])).ToList();
        var haproxies = await Task.WhenAll(Enumerable.Range(1, 5).Select(i => HAProxyProcess.StartAsync(
            new HAProxySetup { Name = $"hap{i}", Backends = [new HAProxyBackend(Shop.Name, [Shop.Host], servers, "/health")] }, CancellationToken.None)));
        await using var ends = new Ends(haproxies);
        await using var metrics = await VictoriaMetricsProcess.StartAsync([.. haproxies.Select((h, i) => new ScrapeTarget($"hap{i + 1}", h.MetricsPort))]);
        await using var server = await ServerProcess.StartAsync(new ServerSetup { VictoriaMetrics = metrics.Address, Nodes = [.. haproxies.Select((h, i) => new ServerNode($"hap{i + 1}", h.RuntimeApiSocket))] });
        using var api = new Api(server.Address, await server.ReadAdminTokenAsync());
        (await api.PutAppAsync("shop")).Status.ShouldBe(201);
        await using var load = new BackgroundLoad(new LoadOptions { Targets = [.. haproxies.Where((_, i) => i != 2).Select(h => h.FrontendUrl)], Host = Shop.Host, RequestsPerSecond = 100 });
        var id = await StartAsync(api);
        await SeeAsync(haproxies, 25);

        haproxies[2].Freeze();
        var hung = Stopwatch.GetTimestamp();

        var waiting = await Eventually.SeeAsync("the wait for hap3", () => api.RolloutAsync(id), r => r.Text("sentence").Contains("waiting for node hap3 (failing", StringComparison.Ordinal));
        waiting.Text("phase").ShouldBe("progressing");
        var held = waiting.Body.GetProperty("step").GetInt32();
        var moved = await Eventually.SeeAsync("the rollout going on", () => api.RolloutAsync(id), r => r.Body.GetProperty("step").GetInt32() > held || r.Text("phase") == "promoting");
        Stopwatch.GetElapsedTime(hung).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(6), "the plan's nodeGrace");
        Decisions(moved).ShouldContain(d => d.Contains("without node hap3 (failing for ", StringComparison.Ordinal));
        var ended = await Eventually.SeeAsync("the end", () => api.RolloutAsync(id), r => r.Text("phase") is "succeeded" or "rolledBack" or "paused");
        ended.Text("phase").ShouldBe("succeeded", ended.ToString());
        ended.Text("outcome").ShouldStartWith("all traffic is on green, which is stable now (without node hap3 (failing for ");
        (await api.StatusAsync("shop")).Body.GetProperty("observed").GetBoolean().ShouldBeFalse("one node is not");

        haproxies[2].Thaw();

        var back = Stopwatch.GetTimestamp();
        await Eventually.SeeAsync("hap3 right", () => RawWeights.FindGreenAsync(haproxies[2], Shop), green => green == 100);
        output.WriteLine($"right {Stopwatch.GetElapsedTime(back).TotalMilliseconds:0} ms after it went on");
        await Eventually.SeeAsync("every node observed", () => api.StatusAsync("shop"), s => s.Body.GetProperty("observed").GetBoolean());
        (await load.StopAsync()).Failures.ShouldBe(0);
    }

    private static async Task<string> StartAsync(Api api)
    {
        const string responses = "haproxy_server_http_responses_total{proxy=\"{{backend}}\",server=~\"{{server}}\"";
        var check = new { name = "errors", query = $"sum(increase({responses},code=\"5xx\"}}[{{{{window}}}}])) or vector(0)", max = 1, window = "3s", interval = "1s" };
        var started = await api.StartRolloutAsync("shop", new { nodeGrace = "6s", steps = new[] { new { share = "25%", hold = "3s" }, new { share = "50%", hold = "3s" } }, checks = new[] { check } });
        started.Status.ShouldBe(201, started.ToString());
        return started.Text("id");
    }

    private static async Task SeeAsync(IEnumerable<HAProxyProcess> haproxies, decimal percent) => await Task.WhenAll(haproxies.Select(haproxy =>
        Eventually.SeeAsync($"green at {percent} %", () => RawWeights.GreenAsync(haproxy, Shop), green => green == percent)));

    private static IEnumerable<string> Decisions(ApiReply rollout) => rollout.Body.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("sentence").GetString()!);

    private sealed class Ends(IReadOnlyList<HAProxyProcess> haproxies) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            haproxies[2].Thaw();
            foreach (var haproxy in haproxies) await haproxy.DisposeAsync();
        }
    }
}
