using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Migrations;

/// <summary><c>shifter parity</c>: which applications are ready to move to the other colour, and why others are not.</summary>
internal static class ParityCommand
{
    public static Command Create(Shell shell)
    {
        var apps = new Argument<string[]>("app") { HelpName = "APP", Description = "Names of applications; none: all of them", Arity = ArgumentArity.ZeroOrMore };
        var to = new Option<string?>("--to") { Description = "The colour to move to (default: each one's other colour)", HelpName = "COLOUR" };
        to.AcceptOnlyFromAmong("blue", "green");
        var migration = new Option<string?>("--migration") { Description = "By the checks of this migration, for its applications", HelpName = "MIGRATION" };
        return new Verb("parity", "Ask now which applications are ready to move, which are not, and why; exit code 1 when one is not", "shifter parity --to green", "shifter parity shop cart -o json") { apps, to, migration }
            .Does(shell, run => RunAsync(run, run.Get(apps), run.Get(to), run.Get(migration)));
    }

    private static async Task<int> RunAsync(Invocation run, string[] apps, string? to, string? migration)
    {
        if (migration is not null && (apps.Length > 0 || to is not null)) throw Failure.Usage("a migration says itself which applications move, and where: --migration goes without APP and --to");
        var (rows, after) = (new List<JsonElement>(), (string?)null);
        do
        {
            string?[] asked = [to is null ? null : Arguments.Query("to", to), .. apps.Select(a => Arguments.Query("app", a)), after is null ? null : Arguments.Query("after", after)];
            var page = (await run.Api.GetAsync((migration is null ? "parity" : MigrationCommands.Path(migration, "parity")).With(asked), run.Cancelled)).Json;
            rows.AddRange(page.List("apps"));
            after = page.Find("next");
        }
        while (after is not null);
        var document = JsonSerializer.SerializeToElement(rows, JsonText.Relaxed);
        run.Data.Write(document, _ =>
        {
            var table = new Table("APP", "TO", "READY", new Column("BLUE RUNS", Wide: true), new Column("GREEN RUNS", Wide: true), "WHY");
            foreach (var row in rows)
                table.Add(row.Find("app"), Shown.Colour(row.Find("to")), row.Is("ready") ? "yes" : new Cell("no", Tone.Waits), row.Find("versions", "blue"), row.Find("versions", "green"), row.Find("sentence"));
            return table;
        }, r => r.Find("app"));
        return rows.All(r => r.Is("ready")) ? ExitCode.Done : ExitCode.No;
    }
}
