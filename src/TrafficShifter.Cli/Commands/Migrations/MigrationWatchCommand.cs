using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Commands.Campaigns;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Migrations;

/// <summary><c>shifter migration watch NAME</c>: until its end.</summary>
internal static class MigrationWatchCommand
{
    public static Command Create(Shell shell)
    {
        var name = MigrationCommands.Name();
        var failOnGate = new Option<bool>("--fail-on-gate") { Description = "End with exit code 9 when it waits for a person: at a gate, paused or stopped" };
        return new Verb("watch", "Watch a migration until its end. Exit code 0 only if every application moved: 1 some did not or it was aborted, 7 the server is away, 8 the --timeout ended",
            "shifter migration watch spring", "shifter migration watch spring --timeout 8h --fail-on-gate") { name, failOnGate }.Does(shell, run => RunAsync(run, run.Get(name), run.Get(failOnGate)));
    }

    public static Task<int> RunAsync(Invocation run, string name, bool failOnGate) => new CampaignWatch(run, new CampaignShown(
        $"migration {name}", MigrationCommands.Path(name), $"shifter migration watch {name}",
        m => $"{m.Find("phase")}, {MigrationCommands.Progress(m)} apps: {m.Find("heldBy")}", MigrationBlock.Draw, m => FindExit(m, failOnGate))).RunAsync();

    private static int? FindExit(JsonElement migration, bool failOnGate) => migration.Find("phase") switch
    {
        "done" => migration.Number("counts", "failures") is > 0 ? ExitCode.No : ExitCode.Done,
        "aborted" => ExitCode.No,
        "draft" => throw new Failure(ExitCode.Refused, $"migration {migration.Find("name")} has not been started", "nothing changed", $"shifter migration start {migration.Find("name")}"),
        "paused" or "stopped" when failOnGate => ExitCode.WaitsForPerson,
        "running" when failOnGate && migration.List("waves").Any(w => w.Find("phase") == "gate") => ExitCode.WaitsForPerson,
        _ => null,
    };
}
