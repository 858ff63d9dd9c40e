using System.Text.Json.Nodes;
using TrafficShifter.Demo.Peers;
using TrafficShifter.VictoriaMetrics;

namespace TrafficShifter.Deploy.Tests.Monitoring;

/// <summary><c>deploy/grafana/traffic-shifter.json</c>: what its panels ask for is there, and can be asked.</summary>
public sealed class GrafanaDashboardTests
{
    private static readonly JsonNode Dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(PeerLocator.RepositoryRoot, "deploy", "grafana", "traffic-shifter.json")))!;

    private static IReadOnlyList<string> Expressions { get; } =
        [.. Dashboard["panels"]!.AsArray().Concat(Dashboard["annotations"]!["list"]!.AsArray()).SelectMany(p => p!["targets"] is JsonArray targets ? targets : (IEnumerable<JsonNode?>)[p]).Select(t => t!["expr"]?.GetValue<string>()).OfType<string>()];

    [Fact]
    public async Task Its_panels_ask_for_metrics_that_the_server_exposes()
    {
        var exposed = await ExposedNames.ReadAsync();
        var asked = Expressions.Concat(Dashboard["templating"]!["list"]!.AsArray().Select(v => v!["definition"]?.GetValue<string>()).OfType<string>()).SelectMany(ExposedNames.In).Distinct().ToList();

        asked.Count.ShouldBeGreaterThan(15);
        foreach (var name in asked) exposed.ShouldContain(name);
    }

    [Fact]
    public async Task VictoriaMetrics_takes_each_of_its_queries()
    {
        await using var metrics = await VictoriaMetricsProcess.StartAsync();
        using var client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = metrics.Address, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
        var source = new VictoriaMetricsSource(client, TimeProvider.System);

        foreach (var expression in Expressions)
        {
            var query = expression.Replace("$app", "shop", StringComparison.Ordinal).Replace("$node", ".*", StringComparison.Ordinal).Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$__interval", "15s", StringComparison.Ordinal);
            (await source.QueryAsync($"count({query}) or vector(0)", CancellationToken.None)).ShouldBeOfType<Core.Ports.QueryAnswer.Value>(query);
        }
    }

    [Fact]
    public void Its_panels_are_told_apart_and_do_not_overlap()
    {
        var panels = Dashboard["panels"]!.AsArray().Select(p => p!).ToList();
        panels.Select(p => p["id"]!.GetValue<int>()).ShouldBeUnique();
        var cells = from panel in panels
                    let grid = panel["gridPos"]!
                    from x in Enumerable.Range(grid["x"]!.GetValue<int>(), grid["w"]!.GetValue<int>())
                    from y in Enumerable.Range(grid["y"]!.GetValue<int>(), grid["h"]!.GetValue<int>())
                    select (x, y);

        cells.ToList().ShouldBeUnique();
        cells.Max(cell => cell.x).ShouldBeLessThan(24);
    }
}
