using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Controlling;

/// <summary>A process that does nothing but ask VictoriaMetrics and read the answers to their end: its CPU is what asking costs.</summary>
internal static class BareQueries
{
    public const string Verb = "controller-queries";

    /// <summary>The tile, and the checks in batches: what the controller asks.</summary>
    public const string Floor = "floor";

    /// <summary>One query for each rollout and check, as Flagger and Argo Rollouts ask.</summary>
    public const string Peer = "peer";

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    /// <summary>VictoriaMetrics answers as many at once as there are cores twice over, lets others wait, and refuses what waited for 10 s: the rollouts ask as well.</summary>
    private const int AtOnce = 2;

    /// <summary>Runs it for some intervals, and no longer where it does not keep up.</summary>
    /// <returns>Cores that it took, and queries that were answered in an interval.</returns>
    public static async Task<(double Cores, double Queries)> MeasureAsync(string kind, Uri victoriaMetrics, int rollouts, int intervals, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(BareQueries).Assembly.Location, Verb, kind, victoriaMetrics.ToString(), Text(rollouts), Text(intervals)]) { RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new PeerException("the asking process did not start");
        var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new PeerException($"the asking process ended with {process.ExitCode}");
        var json = JsonNode.Parse(said)!;
        return (json["cores"]!.GetValue<double>(), json["queries"]!.GetValue<double>());
    }

    /// <summary>The other side.</summary>
    public static async Task<int> RunAsync(string kind, string address, int rollouts, int intervals, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 16, UseProxy = false }) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
        var queries = kind == Floor ? Batches(rollouts) : [.. Enumerable.Range(0, rollouts).SelectMany(Singles)];
        await AskAsync(http, queries[0], cancellationToken);
        var (cpu, began, end) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp(), intervals * ControllerFleet.Interval);
        var answered = 0;
        for (var interval = 1; interval <= intervals && Stopwatch.GetElapsedTime(began) < end; interval++)
        {
            await Parallel.ForEachAsync(queries, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (query, token) =>
            {
                if (Stopwatch.GetElapsedTime(began) >= end) return;
                await AskAsync(http, query, token);
                Interlocked.Increment(ref answered);
            });
            if (interval * ControllerFleet.Interval - Stopwatch.GetElapsedTime(began) is var wait && wait > TimeSpan.Zero) await Task.Delay(wait, cancellationToken);
        }
        var took = Stopwatch.GetElapsedTime(began);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new { cores = (Environment.CpuUsage.TotalTime - cpu) / took, queries = answered * ControllerFleet.Interval / took }));
        return 0;
    }

    private static async Task AskAsync(HttpClient http, string query, CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent([new("query", query), new("time", Text(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 2)), new("nocache", "1")]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/query") { Content = content };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new PeerException($"VictoriaMetrics refused: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
    }

    private static List<string> Batches(int rollouts) =>
        [TileQuery.Of(ControllerFleet.Interval), .. Enumerable.Range(0, rollouts).Chunk(BatchOf).Select(some => $"union({string.Join(", ", some.Select((app, i) => $"label_set({Own(app)}, \"q\", \"{i}\")"))})")];

    private const int BatchOf = 60;

    private static IEnumerable<string> Singles(int app)
    {
        var values = Values(app);
        yield return QueryTemplate.Parse(EvidenceQueries.Value(EvidenceChecks.Find(ControllerFleet.ReadyMade)!, isCoarse: false)).Resolve(values);
        yield return QueryTemplate.Parse(EvidenceQueries.Requests(isCoarse: false)).Resolve(values);
        yield return Own(app);
    }

    private static string Own(int app) => QueryTemplate.Parse(ControllerFleet.Query).Resolve(Values(app));

    private static TemplateValues Values(int app) => TemplateValues.Of(
        AppName.Parse(ControllerFleet.NameOf(app)), new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse(ControllerFleet.Pool) }.WithDefaults(), Colour.Green, Window);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
