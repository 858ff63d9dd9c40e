using System.Text.Json;
using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Service discovery as a real VictoriaMetrics uses it, with the scrape configuration that is shipped.</summary>
[Trait("HAProxy", "any")]
public sealed class ScrapeTargetsTests
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task VictoriaMetrics_finds_and_scrapes_every_node_and_one_that_is_away_stays_a_target()
    {
        await using var haproxy = await HAProxyProcess.StartAsync(new HAProxySetup { Backends = [] }, CancellationToken.None);
        await using var server = await ServerProcess.StartAsync(new ServerSetup
        {
            Nodes = [new ServerNode("hap1", haproxy.RuntimeApiSocket)],
            Settings = new Dictionary<string, string> { ["Agent:Nodes:0:Exporter"] = $"http://127.0.0.1:{haproxy.MetricsPort}/metrics" },
        });
        var directory = Directory.CreateTempSubdirectory("scrape-").FullName;
        var token = Path.Combine(directory, "traffic-shifter.token");
        await File.WriteAllTextAsync(token, await server.ReadAdminTokenAsync());
        var shipped = await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "deploy", "victoria-metrics", "scrape.yml"));
        var scrape = shipped.Replace("http://127.0.0.1:8081/", server.Address.ToString(), StringComparison.Ordinal)
            .Replace("/etc/victoria-metrics/traffic-shifter.token", token, StringComparison.Ordinal)
            .Replace("scrape_interval: 5s", "scrape_interval: 1s", StringComparison.Ordinal).Replace("scrape_timeout: 4s", "scrape_timeout: 1s", StringComparison.Ordinal)
            .Replace("scrape_interval: 15s", "scrape_interval: 1s", StringComparison.Ordinal).Replace("scrape_timeout: 10s", "scrape_timeout: 1s", StringComparison.Ordinal);
        await using var metrics = await VictoriaMetricsProcess.StartAsync(scrape: scrape, directory: directory);

        await SeeUpAsync(metrics, "haproxy", "hap1", "1");
        await SeeUpAsync(metrics, "traffic-shifter", "hap1", "1");
        await SeeUpAsync(metrics, "evidence", "hap1", "1");
        (await QueryAsync(metrics, "haproxy_process_start_time_seconds{node=\"hap1\",exporter=\"haproxy\"}")).ShouldNotBeNull();

        await haproxy.StopAsync();
        await SeeUpAsync(metrics, "haproxy", "hap1", "0");
        await SeeUpAsync(metrics, "traffic-shifter", "hap1", "1");
    }

    private static Task<string?> SeeUpAsync(VictoriaMetricsProcess metrics, string job, string node, string value) =>
        Eventually.SeeAsync($"up of {job} {node} is {value}", () => QueryAsync(metrics, $"up{{job=\"{job}\",node=\"{node}\"}}"), seen => seen == value);

    /// <summary>The one series' value now; null when there is none.</summary>
    private static async Task<string?> QueryAsync(VictoriaMetricsProcess metrics, string query)
    {
        await metrics.FlushAsync();
        using var answer = JsonDocument.Parse(await Http.GetStringAsync(new Uri(metrics.Address, $"api/v1/query?query={Uri.EscapeDataString(query)}")));
        var result = answer.RootElement.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? null : result[0].GetProperty("value")[1].GetString();
    }
}
