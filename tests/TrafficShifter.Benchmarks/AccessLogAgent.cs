using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>A real agent with many applications, some with a rollout, under load and scraped as in production.</summary>
internal static class AccessLogAgent
{
    private const string Token = "opens-the-metrics-of-this-bench-and-nothing-else";

    public static async Task<AgentCost> RunAsync(int apps, int rollouts, int seconds, CancellationToken cancellationToken)
    {
        await using var origin = await DataplaneOrigin.StartAsync(cancellationToken);
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup(), cancellationToken);
        await using var haproxy = await HAProxyProcess.StartAsync(new HAProxySetup
        {
            Configuration = "map.cfg",
            Backends = [new HAProxyBackend("web_blue", [], [new HAProxyServer("blue1", origin.BluePort)]), new HAProxyBackend("web_green", [], [new HAProxyServer("green1", origin.GreenPort)])],
        }, cancellationToken);
        await SeedAsync(consul, apps, rollouts, cancellationToken);
        await using var agent = await ServerProcess.StartAsync(new ServerSetup
        {
            Name = "agent", Roles = "agent", Consul = consul.Address, AgentKey = new string('k', 40), MetricsToken = Token, Nodes = [ServerNode.Of("hap1", haproxy, withMaps: true)],
            Settings = new Dictionary<string, string> { ["Logging:Level"] = "Warning" },
        }, cancellationToken);
        using var http = new HttpClient { BaseAddress = agent.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        var script = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.lua");
        try
        {
            // Every application has had a request of each colour, so that the slow scrape is as large as it becomes.
            await File.WriteAllTextAsync(script, Script(apps), cancellationToken);
            await Wrk.RunAsync(haproxy.FrontendPort, [], cancellationToken, Math.Max(2, apps / 500), script);
            await File.WriteAllTextAsync(script, Script(rollouts), cancellationToken);
            await http.GetStringAsync(new Uri("metrics/evidence", UriKind.Relative), cancellationToken);
            await Task.Delay(2_000, cancellationToken);

            var (cpu, started) = (ProcessCpu.ReadMicroseconds(agent.Pid), Stopwatch.GetTimestamp());
            using var scraping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var scraper = ScrapeAsync(http, scraping.Token);
            var load = await Wrk.RunAsync(haproxy.FrontendPort, [], cancellationToken, seconds, script);
            var percent = (ProcessCpu.ReadMicroseconds(agent.Pid) - cpu) / Stopwatch.GetElapsedTime(started).TotalMicroseconds * 100;
            await scraping.CancelAsync();
            await scraper;
            var fast = await http.GetStringAsync(new Uri("metrics/evidence", UriKind.Relative), cancellationToken);
            var slow = await http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellationToken);
            return new AgentCost(apps, rollouts, Series(fast), fast.Length, Series(slow), slow.Length, load.RequestsPerSecond, percent, ProcessCpu.ReadMegabytes(agent.Pid));
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>Evidence each second, all else every 15 s, as <c>deploy/victoria-metrics/scrape.yml</c> has it.</summary>
    private static async Task ScrapeAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            for (var second = 0; await timer.WaitForNextTickAsync(cancellationToken); second++)
            {
                await http.GetByteArrayAsync(new Uri("metrics/evidence", UriKind.Relative), cancellationToken);
                if (second % 15 == 0) await http.GetByteArrayAsync(new Uri("metrics", UriKind.Relative), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The load has ended.
        }
    }

    private static int Series(string scrape) => scrape.Split('\n').Count(line => line.Length > 0 && line[0] != '#');

    private static string Script(int apps) => string.Create(CultureInfo.InvariantCulture, $$"""
        local n = 0
        function request()
          n = n + 1
          return wrk.format("GET", "/", { ["Host"] = "app" .. (n % {{apps}}) .. ".test" })
        end

        """);

    /// <summary>The documents of applications as the store holds them, by transactions of 63 keys.</summary>
    private static async Task SeedAsync(ConsulProcess consul, int apps, int rollouts, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = consul.Address };
        foreach (var some in Enumerable.Range(0, apps).Chunk(21))
        {
            var set = some.SelectMany(n => Documents(n, n < rollouts)).Select(d => new { KV = new { Verb = "set", Key = $"traffic-shifter/{d.Key}", Value = Convert.ToBase64String(Encoding.UTF8.GetBytes(d.Json)) } });
            using var answer = await http.PutAsJsonAsync(new Uri("v1/txn", UriKind.Relative), set, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new PeerException($"Consul answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    private static IEnumerable<(string Key, string Json)> Documents(int number, bool running)
    {
        var name = AppName.Parse($"app{number}");
        yield return (Keys.App(name), DocumentJson.Write(new AppDefinition
        {
            Name = name, Hosts = [HostName.Parse($"app{number}.test")], Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("web"), Mode = MapMode.Random }.WithDefaults(),
        }));
        yield return (Keys.StateOf(name), DocumentJson.Write(new AppState { Stable = Colour.Blue, Rollout = running ? $"app{number}-1" : null }));
        yield return (Keys.WeightsOf(name), DocumentJson.Write(new Weights { Blue = 50, Green = 50 }));
    }
}

internal sealed record AgentCost(int Apps, int Rollouts, int FastSeries, int FastBytes, int SlowSeries, int SlowBytes, double Rate, double CpuPercent, double Megabytes);
