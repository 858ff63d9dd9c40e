using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace TrafficShifter.Faults.Running;

/// <summary>The table of faults and outcomes, and the line of JSON after it.</summary>
internal static class Results
{
    private static readonly string[] Columns = ["fault", "changes", "requests", "failed", "failed without us", "failed beyond control", "right after", "rollback taken after", "observed after", "violations"];

    /// <param name="isSoak">One row for each fault, alone and in pairs, with the worst of its rounds; else one for each round.</param>
    public static void Write(IReadOnlyList<RoundResult> rounds, bool isSoak)
    {
        // Where nobody looks it is as wide as it needs.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 170;
        var table = new Table();
        foreach (var column in isSoak ? Columns.Prepend("rounds") : Columns) table.AddColumn(new TableColumn(column) { NoWrap = column == Columns[0] });
        foreach (var result in isSoak ? [] : rounds) table.AddRow([.. Cells(result).Select(Markup.Escape)]);
        foreach (var (count, result) in isSoak ? ByFault(rounds) : []) table.AddRow([.. Cells(result).Prepend(Number(count)).Select(Markup.Escape)]);
        AnsiConsole.Write(table);
        foreach (var result in rounds) WriteViolations(result, Console.Out);
        if (isSoak) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rounds.Count} rounds in {Time(rounds.Max(r => r.Began))} min and the last one; a round of two faults is in both rows"));
        Console.WriteLine(Json(rounds));
    }

    /// <summary>Each with its fault, its time and what makes the round again.</summary>
    public static void WriteViolations(RoundResult result, TextWriter to)
    {
        foreach (var violation in result.Violations) to.WriteLine($"{Time(result.Began)} {result.Name}: {violation}");
        if (result.Violations.Count > 0) to.WriteLine($"  again: {result.Command}");
    }

    public static string Time(TimeSpan since) => string.Create(CultureInfo.InvariantCulture, $"{(int)since.TotalMinutes}:{since.Seconds:00}");

    public static string Json(IReadOnlyList<RoundResult> results) => JsonSerializer.Serialize(new
    {
        faults = results.Count,
        violations = results.Sum(r => r.Violations.Count),
        requests = results.Sum(r => r.Requests),
        failedBeyondControl = results.Sum(r => r.BeyondControl),
    });

    private static IEnumerable<string> Cells(RoundResult result) =>
    [
        result.Name, Number(result.Changes), Number(result.Requests), Number(result.Failed), result.FailedInControl is { } control ? Number(control) : "–", Number(result.BeyondControl), Seconds(result.BackAfter), Seconds(result.AcceptedAfter), Seconds(result.ObservedAfter), Number(result.Violations.Count),
    ];

    /// <summary>Sums, and the slowest; a round of two faults counts for both.</summary>
    internal static IEnumerable<(int Rounds, RoundResult Worst)> ByFault(IReadOnlyList<RoundResult> rounds) =>
        rounds.SelectMany(r => r.Name.Split(" + ").Select(name => (name, r))).GroupBy(r => r.name, r => r.r).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Count(), new RoundResult(
            g.Key, g.Sum(r => r.Changes), g.Sum(r => r.Requests), g.Sum(r => r.Failed), g.Sum(r => r.FailedInControl), g.Sum(r => r.BeyondControl),
            Slowest(g, r => r.BackAfter), Slowest(g, r => r.AcceptedAfter), Slowest(g, r => r.ObservedAfter), [.. g.SelectMany(r => r.Violations)])));

    /// <summary>Null, never, is slower than all.</summary>
    private static TimeSpan? Slowest(IEnumerable<RoundResult> rounds, Func<RoundResult, TimeSpan?> time) => rounds.Any(r => time(r) is null) ? null : rounds.Max(time);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan? time) => time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:0.00} s") : "never";
}
