using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Migrations;

/// <summary><c>shifter migration</c>: campaigns over many applications.</summary>
internal static class MigrationCommands
{
    public static Command Create(Shell shell)
    {
        var migration = List(shell, "migration");
        migration.Add(List(shell, "migration list"));
        migration.Add(Get(shell));
        migration.Add(Report(shell));
        migration.Add(MigrationStoreCommands.Lint(shell));
        migration.Add(MigrationStoreCommands.Apply(shell));
        migration.Add(MigrationSteerCommand.Start(shell));
        migration.Add(MigrationWatchCommand.Create(shell));
        migration.Add(MigrationSteerCommand.Create(shell, "pause", "Begin with no further application; what moves goes on"));
        migration.Add(MigrationSteerCommand.Create(shell, "resume", "Go on after a pause or a stop; the stop rules count anew"));
        migration.Add(MigrationSteerCommand.Create(shell, "approve", "Let the wave begin whose gate waits"));
        migration.Add(MigrationSteerCommand.Create(shell, "reject", "Stop the migration at the gate that waits"));
        migration.Add(MigrationSteerCommand.Abort(shell));
        migration.Add(Delete(shell));
        return migration;
    }

    public static Argument<string> Name() => Arguments.Named("NAME", "Name of the migration");

    public static string Path(string name, string? more = null) => $"migrations/{ApiClient.Part(name)}{(more is null ? "" : $"/{more}")}";

    /// <summary><c>24 of 40 apps</c>.</summary>
    public static string Progress(JsonElement migration) => $"{migration.Find("counts", "settled")} of {migration.Find("counts", "all")}";

    private static Verb List(Shell shell, string path) => new Verb(path.Split(' ')[^1], "List the migrations: how far each is, and what holds it", $"shifter {path}", $"shifter {path} -o name").Does(shell, async run =>
    {
        var reply = await run.Api.GetAsync("migrations", run.Cancelled);
        run.Data.Write(reply.Json, migrations =>
        {
            var table = new Table("MIGRATION", "STATE", "WAVE", "APPS", "HELD BY");
            foreach (var m in migrations.EnumerateArray())
                table.Add(m.Find("name"), State(m), $"{m.Find("wave")} of {m.List("waves").Count()}", Progress(m), m.Find("heldBy"));
            return table;
        }, m => m.Find("name"));
        return ExitCode.Done;
    });

    private static Verb Get(Shell shell)
    {
        var name = Name();
        return new Verb("get", "Show a migration: its waves, what holds it, when it may be done, and what needs somebody", "shifter migration get spring", "shifter migration get spring -o json") { name }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync(Path(run.Get(name)), run.Cancelled);
            run.Data.Write(reply.Json, output =>
            {
                foreach (var line in MigrationBlock.Draw(reply.Json)) output.WriteLine(Plain.Text(line));
                Apps(reply.Json.List("attention")).Write(output, run.Terminal.Width, wide: false, run.Settings.Colour);
            }, m => m.Find("name"));
            return ExitCode.Done;
        });
    }

    private static Verb Report(Shell shell)
    {
        var name = Name();
        return new Verb("report", "Each application of a migration, and why it is where it is", "shifter migration report spring", "shifter migration report spring -o json > spring.json") { name }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync(Path(run.Get(name), "report"), run.Cancelled);
            run.Data.Write(reply.Json, output =>
            {
                output.WriteLine($"{reply.Json.Find("name")}  {State(reply.Json).Text}: {Plain.Text(reply.Json.Find("sentence") ?? "")}");
                Apps(reply.Json.List("apps")).Write(output, run.Settings.Format == OutputFormat.Wide ? null : run.Terminal.Width, run.Settings.Format == OutputFormat.Wide, run.Settings.Colour);
            }, m => m.Find("name"));
            return ExitCode.Done;
        });
    }

    private static Verb Delete(Shell shell)
    {
        var name = Name();
        return new Verb("delete", "Forget a migration that was not started or has ended, with its report", "shifter migration delete spring", "shifter migration delete spring --yes") { name }.Does(shell, async run =>
        {
            run.SayWhere($"migration {run.Get(name)}");
            run.Confirm($"Migration {run.Get(name)} and its report are forgotten.");
            await run.Api.DeleteAsync(Path(run.Get(name)), new JsonObject(), run.Cancelled);
            run.Say($"migration {run.Get(name)} is forgotten");
            return ExitCode.Done;
        });
    }

    private static Table Apps(IEnumerable<JsonElement> apps)
    {
        var table = new Table("APP", "WAVE", "STATE", "TO", new Column("ATTEMPTS", Wide: true), new Column("ROLLOUT", Wide: true), "WHY");
        foreach (var app in apps)
            table.Add(app.Find("app"), app.Find("wave"), MoveState(app), Shown.Colour(app.Find("to")), app.Find("attempts"), app.Find("rollout"), app.Find("sentence"));
        return table;
    }

    private static Cell State(JsonElement migration) => migration.Find("phase") switch
    {
        "stopped" => new Cell("stopped", Tone.Bad),
        "paused" => new Cell("paused", Tone.Waits),
        var phase => phase,
    };

    private static Cell MoveState(JsonElement app) => app.Find("phase") switch
    {
        "rolledBack" => new Cell("rolled back", Tone.Bad),
        "failed" => new Cell("failed", Tone.Bad),
        "notReady" => new Cell("not ready", Tone.Waits),
        var phase when app.Is("needsSomebody") => new Cell($"{phase}, waits", Tone.Waits),
        var phase => phase,
    };
}
