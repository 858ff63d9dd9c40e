using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>What a request costs HAProxy: CPU and latency of `map` routing next to a plain backend with two servers, in alternating rounds of one run.</summary>
/// <remarks>
/// One HAProxy thread, so that its CPU time belongs to the requests; servers are another HAProxy that answers at once. A round sends each case its load
/// for about a second; the table has the median round, the ratios are medians of each round's own ratio, so that what else the machine does counts less.
/// </remarks>
internal static class DataplaneBench
{
    private const string Plain = "plain";

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var rounds = quick ? 3 : 15;
        await using var origin = await DataplaneOrigin.StartAsync(cancellationToken);
        await using var reader = LogReader.Start();
        await using var one = await DataplaneNode.StartAsync(origin, apps: 1, reader.Port, cancellationToken);
        await using var thousand = await DataplaneNode.StartAsync(origin, apps: 1_000, reader.Port, cancellationToken);
        DataplaneCase[] cases =
        [
            new("direct to the server", null, origin.BluePort, []),
            new(Plain, one, one.PlainPort, ["Host: random.test"]),
            new("map, random", one, one.MapPort, ["Host: random.test"]),
            new("map, sticky by header", one, one.MapPort, ["Host: sticky.test", "X-User-Id: user-4711"]),
            new("map, sticky by cookie", one, one.MapPort, ["Host: sticky.test", "Cookie: ts_id=12345678901234"]),
            new("map, sticky, first visit", one, one.MapPort, ["Host: sticky.test"]),
            new("map, sticky with rules", one, one.MapPort, ["Host: rules.test", "X-User-Id: user-4711"]),
            new("map, random, ring log", one, one.LoggedPort, ["Host: random.test"]),
            new("plain, 1,000 apps loaded", thousand, thousand.PlainPort, ["Host: random.test"]),
            new("map, random, 1,000 apps", thousand, thousand.MapPort, ["Host: random.test"]),
        ];
        var results = cases.ToDictionary(c => c.Name, _ => new List<LoadResult>());
        foreach (var round in Enumerable.Range(0, rounds + 1))
            foreach (var each in cases)
            {
                var result = await each.MeasureAsync(cancellationToken);
                if (round > 0) results[each.Name].Add(result);
            }
        Print(cases, results, rounds, reader.Records);
        return 0;
    }

    private static void Print(DataplaneCase[] cases, Dictionary<string, List<LoadResult>> results, int rounds, long records)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("case", "CPU µs/request", "÷ plain", "p50 ms", "p99 ms", "requests/s");
        foreach (var each in cases)
        {
            var rows = results[each.Name];
            var cpu = each.Node is null ? "" : Text(Median(rows.Select(r => r.CpuMicroseconds)), "0.0");
            var ratio = each.Node is null ? "" : Text(Ratio(each.Name), "0.000");
            table.AddRow(each.Name, cpu, ratio, Text(Median(rows.Select(r => r.P50Ms)), "0.00"), Text(Median(rows.Select(r => r.P99Ms)), "0.00"), Text(Median(rows.Select(r => r.RequestsPerSecond)), "0"));
        }
        AnsiConsole.MarkupLine($"[bold]dataplane[/]: HAProxy with one thread, 16 connections, {rounds} rounds of a second each; {records} log records read");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["randomCpuRatio"] = Ratio("map, random"),
            ["stickyCpuRatio"] = Math.Max(Ratio("map, sticky by header"), Ratio("map, sticky by cookie")),
            ["firstVisitCpuRatio"] = Ratio("map, sticky, first visit"),
            ["rulesCpuRatio"] = Ratio("map, sticky with rules"),
            ["ringLogCpuRatio"] = Ratio("map, random, ring log"),
            ["apps1000CpuRatio"] = Ratio("map, random, 1,000 apps"),
            ["p50Ms"] = Math.Round(Median(results["map, random"].Select(r => r.P50Ms)), 3),
            ["p99Ms"] = Math.Round(Median(results["map, random"].Select(r => r.P99Ms)), 3),
            ["plainP50Ms"] = Math.Round(Median(results[Plain].Select(r => r.P50Ms)), 3),
            ["directP50Ms"] = Math.Round(Median(results[cases[0].Name].Select(r => r.P50Ms)), 3),
        }));

        double Ratio(string name) => Math.Round(Median(results[name].Zip(results[Plain]).Select(pair => pair.First.CpuMicroseconds / pair.Second.CpuMicroseconds)), 3);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

/// <param name="Node">Whose CPU time is counted; null for none.</param>
internal sealed record DataplaneCase(string Name, DataplaneNode? Node, int Port, IReadOnlyList<string> Headers)
{
    public async Task<LoadResult> MeasureAsync(CancellationToken cancellationToken)
    {
        var before = Node?.ReadCpuMicroseconds() ?? 0;
        var load = await Wrk.RunAsync(Port, Headers, cancellationToken);
        return load with { CpuMicroseconds = ((Node?.ReadCpuMicroseconds() ?? 0) - before) / load.Requests };
    }
}
