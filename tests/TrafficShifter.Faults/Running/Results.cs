using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace TrafficShifter.Faults.Running;

/// <summary>The table of faults and outcomes, and the line of JSON after it.</summary>
internal static class Results
{
    private static readonly string[] Columns = ["fault", "changes", "requests", "failed", "failed without us", "failed beyond control", "right after", "rollback taken after", "observed after", "violations"];

    public static void Write(IReadOnlyList<RoundResult> results)
    {
        // Where nobody looks it is as wide as it needs.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 150;
        var table = new Table();
        foreach (var column in Columns) table.AddColumn(column);
        foreach (var result in results) table.AddRow([.. Cells(result).Select(Markup.Escape)]);
        AnsiConsole.Write(table);
        foreach (var result in results)
            foreach (var violation in result.Violations) Console.WriteLine($"{result.Name}: {violation}");
        Console.WriteLine(Json(results));
    }

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

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan? time) => time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:0.00} s") : "never";
}
