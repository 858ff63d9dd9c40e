using System.Globalization;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Migrations;

/// <summary>What a migration would do, application by application.</summary>
internal static class MigrationSchedulePrinter
{
    /// <param name="document">What programs get.</param>
    /// <returns><see cref="ExitCode.No"/> when it would not start.</returns>
    public static int Write(Invocation run, JsonElement document, JsonElement schedule)
    {
        run.Data.Write(document, output => Write(output, run, schedule));
        foreach (var warning in schedule.List("warnings")) run.Say($"warning: {warning}");
        if (schedule.Member("refusals") is not { ValueKind: JsonValueKind.Object } refusals) return ExitCode.Done;
        foreach (var refusal in refusals.EnumerateObject()) run.Say($"{refusal.Name}: {refusal.Value}");
        return refusals.EnumerateObject().Any() ? ExitCode.No : ExitCode.Done;
    }

    private static void Write(TextWriter output, Invocation run, JsonElement schedule)
    {
        output.WriteLine($"{schedule.Find("apps")} applications; begins {Shown.Date(schedule.Time("begins"))}, ends {Shown.Date(schedule.Time("ends"))} UTC at the earliest");
        foreach (var wave in schedule.List("waves"))
        {
            var gate = wave.Member("gate") is null ? "" : "; waits for approval before it begins";
            output.WriteLine();
            output.WriteLine(Plain.Text(string.Create(CultureInfo.InvariantCulture, $"wave {wave.Find("name")}: {wave.Find("apps")} applications ({wave.Find("selects")}), {wave.Find("parallelism")} at once, then {Shown.Time(wave.Find("pause"))} pause{gate}")));
            var table = new Table("APP", "CRITICALITY", "FROM", "TO", "PLAN", "TAKES", "BEGINS", "ENDS", "NOTE");
            foreach (var move in wave.List("moves"))
                table.Add(move.Find("app"), move.Find("criticality"), Shown.Colour(move.Find("from")), Shown.Colour(move.Find("to")), move.Find("plan"), Shown.Time(move.Find("takes")), Shown.Date(move.Time("begins")), Shown.Date(move.Time("ends")), move.Find("note"));
            table.Write(output, run.Terminal.Width, wide: false, run.Settings.Colour);
        }
    }
}
