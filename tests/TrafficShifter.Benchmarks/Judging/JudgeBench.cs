using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Simulated rollouts, healthy and faulty: how our judge and the rules of others end them. The judge is the shipped one; only time and traffic are made up.</summary>
internal static class JudgeBench
{
    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var cells = quick ? Grid.Quick : Grid.Full;
        var results = await Task.Run(() => Run(cells, cancellationToken), cancellationToken);
        var summary = new JudgeSummary(results);
        // The tables are wider than what a pipe is taken for.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 180);
        AnsiConsole.MarkupLine("[bold]judge[/]: rollouts in simulated time");
        AnsiConsole.Write(Compare(summary));
        AnsiConsole.MarkupLine("ours, steps of 10 %: seconds from a fault to its rollback / bad requests it caused until then (faults from the start, 0.1 % usual errors)");
        AnsiConsole.Write(Detect(summary));
        AnsiConsole.MarkupLine("the five healthy cells that are rolled back most often by ours");
        foreach (var worst in summary.Of(Contestant.Ours).Concat(summary.Of(Contestant.OursAuto)).Where(r => r.Cell.IsHealthy).OrderByDescending(r => r.RolledBack).Take(5))
            AnsiConsole.WriteLine($"  {Percent(worst.RolledBack)} {worst.Contestant.Name}: {worst.Cell.Rate} requests/s, {Percent(worst.Cell.Base)} errors, {worst.Cell.Surroundings}");
        Console.Out.WriteLine(JsonSerializer.Serialize(Figures(summary, results)));
        return 0;
    }

    private static List<CellResult> Run(IReadOnlyList<Cell> cells, CancellationToken cancellationToken)
    {
        var latencies = new Latencies();
        var results = new ConcurrentBag<CellResult>();
        var work = from cell in cells from contestant in Contestant.All orderby cell.Rollouts descending select (cell, contestant);
        Parallel.ForEach(Partitioner.Create(work, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, item =>
            results.Add(CellResult.Run(item.cell, item.contestant, latencies)));
        return [.. results];
    }

    private static Table Compare(JudgeSummary summary)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "false rollbacks, mean", "worst calm", "worst of all", "outage", "missed at 100/s up", "bad, times ours", "in cells", "100 % failing", "promotes at 100/s", "at 1000/s up");
        foreach (var contestant in Contestant.All)
        {
            var (times, cells) = summary.FewerBad(Contestant.Ours, contestant);
            table.AddRow(
                contestant.Name, Percent(summary.FalseRollbackMean(contestant)), Percent(summary.FalseRollback(contestant, c => c.Surroundings == Surroundings.Calm)), Percent(summary.FalseRollback(contestant)),
                Percent(summary.FalseRollback(contestant, c => c.Surroundings == Surroundings.SharedOutage)), Percent(summary.MissedAt100(contestant)), Number(times), Number(cells),
                $"{Number(summary.SecondsToCatchTotalFailure(contestant))} s", $"{Number(summary.SecondsToPromote(contestant, r => r == 100))} s", $"{Number(summary.SecondsToPromote(contestant, r => r >= 1000))} s");
        }
        return table;
    }

    private static Table Detect(JudgeSummary summary)
    {
        var faults = Fault.OfErrors.Concat(Fault.OfLatency).ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumn("requests/s");
        foreach (var fault in faults) table.AddColumn(fault.Name);
        foreach (var rate in new[] { 1, 10, 100, 1000, 10_000 })
        {
            table.AddRow([Number(rate), .. faults.Select(fault =>
            {
                var cell = summary.Find(Contestant.Ours, rate, 0.001, fault.Name);
                return $"{Number(cell.SecondsToCatch)} s{(fault.Errors > 0 ? $" / {Number(cell.Caused)}" : "")}{(cell.Missed > 0 ? $", {Percent(cell.Missed)} missed" : "")}";
            })]);
        }
        return table;
    }

    private static Dictionary<string, double> Figures(JudgeSummary summary, List<CellResult> results)
    {
        var (ours, auto) = (Contestant.Ours, Contestant.OursAuto);
        return new Dictionary<string, double>
        {
            ["rollouts"] = results.Sum(r => (double)r.Cell.Rollouts),
            ["falseRollbackWorst"] = Round(Math.Max(summary.FalseRollback(ours), summary.FalseRollback(auto))),
            ["falseRollbackMean"] = Round(summary.FalseRollbackMean(ours)),
            ["falseRollbackOutage"] = Round(Math.Max(summary.FalseRollback(ours, IsOutage), summary.FalseRollback(auto, IsOutage))),
            ["fewerBadThanFlagger"] = Round(summary.FewerBad(ours, Contestant.Flagger10).Times),
            ["fewerBadThanTightFlagger"] = Round(summary.FewerBad(ours, Contestant.Tight).Times),
            ["autoFewerBadThanFlagger"] = Round(summary.FewerBad(auto, Contestant.Flagger10).Times),
            ["autoFewerBadThanTightFlagger"] = Round(summary.FewerBad(auto, Contestant.Tight).Times),
            ["missedAt100"] = Round(summary.MissedAt100(ours)),
            ["secondsToCatchTotalFailure"] = Round(summary.SecondsToCatchTotalFailure(ours)),
            ["badUntilTotalFailureAt1"] = Round(summary.Find(ours, 1, 0.001, "100 %").Caused),
            ["secondsToCatch1PointAt100"] = Round(summary.Find(ours, 100, 0.001, "+1 point").SecondsToCatch),
            ["badUntil1PointAt100"] = Round(summary.Find(ours, 100, 0.001, "+1 point").Caused),
            ["secondsToCatchP99Plus20At1000"] = Round(summary.Find(ours, 1000, 0.001, "p99 +20 %").SecondsToCatch),
            ["missedP99Plus20At1000"] = Round(summary.Find(ours, 1000, 0.001, "p99 +20 %").Missed),
            ["secondsToPromoteAt100"] = Round(summary.SecondsToPromote(ours, r => r == 100)),
            ["secondsToPromoteAt1000"] = Round(summary.SecondsToPromote(ours, r => r >= 1000)),
        };
    }

    private static bool IsOutage(Cell cell) => cell.Surroundings == Surroundings.SharedOutage;

    /// <summary>Four digits; 0 for what is not a number, which JSON does not have.</summary>
    private static double Round(double value) => double.IsNaN(value) ? 0 : Math.Round(value, 4);

    private static string Percent(double part) => $"{Number(100 * part)} %";

    private static string Number(double value) =>
        double.IsNaN(value) ? "-" : value.ToString(Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 1 || value == 0 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
}
