using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Controlling;

/// <summary>Two thousand rollouts at once, each with a judge, a ready-made check and one by a query of its own, all every 5 s, against a real VictoriaMetrics.</summary>
internal static class ControllerBench
{
    private const int Rollouts = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var rollouts = int.TryParse(Environment.GetEnvironmentVariable("BENCH_ROLLOUTS"), CultureInfo.InvariantCulture, out var fewer) ? fewer : Rollouts;
        var intervals = quick ? 3 : 8;
        await using var stack = await ControllerStack.StartAsync(rollouts, cancellationToken);
        await SeeAllMeasuredAsync(stack, rollouts, cancellationToken);
        // Theirs and the others' take turns: what else the machine does meets them alike. The rollouts run on meanwhile.
        var runs = new List<ControllerRun> { await ControllerRun.MeasureAsync(stack, intervals, cancellationToken) };
        var floor = await BareQueries.MeasureAsync(BareQueries.Floor, stack.VictoriaMetrics.Address, rollouts, intervals / 2 + 1, cancellationToken);
        var peer = await BareQueries.MeasureAsync(BareQueries.Peer, stack.VictoriaMetrics.Address, rollouts, intervals / 2 + 1, cancellationToken);
        if (!quick) runs.Add(await ControllerRun.MeasureAsync(stack, intervals, cancellationToken));
        var oldest = DateTimeOffset.UtcNow - (await stack.Fleet.ReadJudgesAsync(cancellationToken)).Min() ?? throw new PeerException("a judge has no tile");
        // What was measured in the last run is saved by then.
        await Task.Delay(RolloutChanges.CheckpointEveryOf(rollouts), cancellationToken);
        var saved = await stack.Fleet.ReadAsync(cancellationToken);
        Print(rollouts, runs, runs.Sum(r => r.CountLate(saved)), oldest, floor, peer, stack.Traffic!.Series);
        return 0;
    }

    /// <summary>Returns when each rollout has passed both of its checks.</summary>
    private static async Task SeeAllMeasuredAsync(ControllerStack stack, int rollouts, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var counts = await stack.CountMeasurementsAsync(cancellationToken);
            if (new[] { ControllerFleet.ReadyMade, ControllerFleet.Own }.All(check => counts.GetValueOrDefault((check, "passed")) >= 2 * rollouts)) return;
            if (Stopwatch.GetElapsedTime(began) > Patience)
                throw new PeerException($"{rollouts} rollouts did not get going in {Patience.TotalSeconds} s: {string.Join(", ", counts.Select(c => $"{c.Key.Check} {c.Key.Outcome} {c.Value}"))}; {await stack.DescribeAsync(cancellationToken)}");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }

    private static void Print(int rollouts, IReadOnlyList<ControllerRun> runs, int late, TimeSpan oldest, (double Cores, double Queries) floor, (double Cores, double Queries) peer, int series)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "cores", "queries in 5 s");
        double Mean(Func<ControllerRun, double> of) => Math.Round(runs.Average(of), 3);
        table.AddRow("api and controller", Text(Mean(r => r.Server)), Text(Mean(r => r.Queries)));
        table.AddRow("floor: the same queries by a bare client", Text(floor.Cores), Text(floor.Queries));
        table.AddRow($"peer: a query for each rollout and check, {3 * rollouts} in all", Text(peer.Cores), Text(peer.Queries));
        table.AddRow("beside it: VictoriaMetrics", Text(Mean(r => r.VictoriaMetrics)), "");
        table.AddRow("beside it: Consul", Text(Mean(r => r.Consul)), "");
        table.AddRow("beside it: the agent", Text(Mean(r => r.Agent)), "");
        AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[bold]controller[/]: {rollouts} rollouts, each with a judge, a ready-made check and a query of its own, every 5 s; {series} series"));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"measured: {runs.Sum(r => r.Passed)} of {runs.Sum(r => r.Wanted)} passed, {runs.Sum(r => r.Other)} said something else; late ticks: {late}; the oldest state of a judge that is saved: {oldest.TotalSeconds:0} s; Consul's transactions: {Mean(r => r.Writes):0.0} a second"));
        Console.Out.WriteLine(new JsonObject
        {
            ["rollouts"] = rollouts, ["cores"] = Mean(r => r.Server), ["lateTicks"] = late, ["queriesPerTick"] = Mean(r => r.Queries),
            ["measured"] = runs.Sum(r => r.Passed), ["wanted"] = runs.Sum(r => r.Wanted), ["otherOutcomes"] = runs.Sum(r => r.Other), ["oldestJudgeSeconds"] = Math.Round(oldest.TotalSeconds),
            ["floorCores"] = Math.Round(floor.Cores, 3), ["floorQueriesPerTick"] = Math.Round(floor.Queries, 1), ["peerCores"] = Math.Round(peer.Cores, 3), ["peerQueriesPerTick"] = Math.Round(peer.Queries, 1),
            ["victoriaMetricsCores"] = Mean(r => r.VictoriaMetrics), ["consulCores"] = Mean(r => r.Consul), ["agentCores"] = Mean(r => r.Agent), ["consulWritesPerSecond"] = Mean(r => r.Writes), ["megabytes"] = Mean(r => r.Megabytes),
        }.ToJsonString(JsonSerializerOptions.Default));
    }

    private static string Text(double figure) => figure.ToString("0.###", CultureInfo.InvariantCulture);
}
