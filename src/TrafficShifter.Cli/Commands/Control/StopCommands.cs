using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Control;

/// <summary><c>shifter stop on|off|status</c>: the switch that stops the line.</summary>
internal static class StopCommands
{
    public static Command Create(Shell shell) => new Verb("stop", "Stop the line: no rollout goes forward, every rollback still does", "shifter stop on --reason \"incident 7\"", "shifter stop status")
    {
        On(shell), Off(shell), Status(shell),
    };

    private static Verb On(Shell shell) => new Verb("on", "Stop the line", "shifter stop on", "shifter stop on --reason \"incident 7\"").Does(shell, async run =>
    {
        run.SayWhere("stop the line");
        var reply = await run.Api.PutAsync("control/stop", Arguments.Reason(run), run.Cancelled);
        run.Data.Write(reply.Json, output => output.WriteLine("the line is stopped: no rollout goes forward; rollbacks still do   shifter stop off"));
        return ExitCode.Done;
    });

    private static Verb Off(Shell shell) => new Verb("off", "Let the line run again", "shifter stop off", "shifter stop off --yes --reason \"incident 7 is over\"").Does(shell, async run =>
    {
        run.SayWhere("let the line run");
        run.Confirm("The line runs again: every rollout that waits goes on.");
        await run.Api.DeleteAsync("control/stop", Arguments.Reason(run), run.Cancelled);
        run.Say("the line runs");
        return ExitCode.Done;
    });

    private static Verb Status(Shell shell) => new Verb("status", "Say whether the line is stopped; exit code 1 when it is", "shifter stop status", "shifter stop status -o json").Does(shell, async run =>
    {
        try
        {
            var reply = await run.Api.GetAsync("control/stop", run.Cancelled);
            run.Data.Write(reply.Json, output => output.WriteLine($"stopped by {Plain.Text(reply.Json.Find("by") ?? "-")} {Shown.Age(reply.Json.Time("at"), run.Now)} ago: {Plain.Text(reply.Json.Find("reason") ?? "no reason given")}"));
            return ExitCode.No;
        }
        catch (ProblemFailure running) when (running.Type == "not-found")
        {
            if (run.Settings.IsForPeople) run.Terminal.Out.WriteLine("the line runs");
            else run.Terminal.Out.WriteLine("null");
            return ExitCode.Done;
        }
    });
}
