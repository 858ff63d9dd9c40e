using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Migrations;

/// <summary><c>shifter migration start|pause|resume|approve|reject|abort NAME</c>.</summary>
internal static class MigrationSteerCommand
{
    public static Command Start(Shell shell)
    {
        var (name, dryRun) = (MigrationCommands.Name(), Arguments.DryRun("Print the whole schedule; start nothing"));
        var watch = new Option<bool>("--watch") { Description = "Watch it until its end, as `migration watch` does" };
        return new Verb("start", "Hold the applications of all waves, then move them wave by wave", "shifter migration start spring --dry-run", "shifter migration start spring --yes --watch") { name, dryRun, watch }.Does(shell, async run =>
        {
            var migration = run.Get(name);
            if (run.Get(dryRun))
            {
                var plan = await run.Api.PostAsync(MigrationCommands.Path(migration, "start") + "?dryRun=true", new JsonObject(), run.Cancelled);
                return MigrationSchedulePrinter.Write(run, plan.Json, plan.Json);
            }
            run.SayWhere($"migration {migration}");
            run.Confirm($"Traffic of all applications of migration {migration} moves.");
            await SendAsync(run, migration, "start", Arguments.Reason(run), show: !run.Get(watch));
            return run.Get(watch) ? await MigrationWatchCommand.RunAsync(run, migration, failOnGate: false) : ExitCode.Done;
        });
    }

    public static Command Create(Shell shell, string verb, string description)
    {
        var name = MigrationCommands.Name();
        return new Verb(verb, description, $"shifter migration {verb} spring", $"shifter migration {verb} spring --reason \"seen in the report\"") { name }.Does(shell, async run =>
        {
            run.SayWhere($"migration {run.Get(name)}");
            await SendAsync(run, run.Get(name), verb, Arguments.Reason(run), show: true);
            return ExitCode.Done;
        });
    }

    public static Command Abort(Shell shell)
    {
        var name = MigrationCommands.Name();
        var rollouts = new Option<string>("--rollouts") { Description = "What becomes of what moves: finish (default) or abort, which takes its traffic back", HelpName = "WHAT", DefaultValueFactory = _ => "finish" };
        rollouts.AcceptOnlyFromAmong("finish", "abort");
        return new Verb("abort", "End a migration: nothing new begins, and its applications are let go", "shifter migration abort spring", "shifter migration abort spring --rollouts abort --yes") { name, rollouts }.Does(shell, async run =>
        {
            run.SayWhere($"migration {run.Get(name)}");
            var takesBack = run.Get(rollouts) == "abort";
            run.Confirm(takesBack ? "Nothing new begins, and what moves goes back." : "Nothing new begins; what moves goes on to its end.");
            var body = Arguments.Reason(run);
            if (takesBack) body["rollouts"] = "abort";
            await SendAsync(run, run.Get(name), "abort", body, show: true);
            return ExitCode.Done;
        });
    }

    private static async Task SendAsync(Invocation run, string name, string verb, JsonObject body, bool show)
    {
        var reply = await run.Api.PostAsync(MigrationCommands.Path(name, verb), body, run.Cancelled);
        if (show) run.Data.Write(reply.Json, output => output.WriteLine($"migration {name} is {reply.Json.Find("phase")}: {Plain.Text(reply.Json.Find("heldBy") ?? "")}"), m => m.Find("name"));
    }
}
