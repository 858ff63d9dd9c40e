using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollback;

/// <summary><c>shifter unlock APP</c> and <c>shifter undo APP</c>: what follows a rollback, and what follows a promotion.</summary>
internal static class UnlockCommand
{
    public static Command CreateUnlock(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("unlock", "Take the lock of a rollback away; all traffic stays on the stable colour", "shifter unlock shop", "shifter unlock shop --reason \"fixed in 43\"") { app }
            .Does(shell, run => SendAsync(run, run.Get(app), "unlock", "unlocked"));
    }

    public static Command CreateUndo(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("undo", "Undo the last promotion: all traffic back to the colour before it, at once", "shifter undo shop", "shifter undo shop --yes --reason \"customers complain\"") { app }.Does(shell, run =>
        {
            run.Confirm($"All traffic of {run.Get(app)} goes back to the colour before the last promotion, without steps.");
            return SendAsync(run, run.Get(app), "undo", "promotion undone");
        });
    }

    private static async Task<int> SendAsync(Invocation run, string app, string verb, string done)
    {
        run.SayWhere(app);
        var reply = await run.Api.PostAsync($"apps/{app}/{verb}", Arguments.Reason(run), run.Cancelled);
        run.Data.Write(reply.Json, output => output.WriteLine($"{app} {done}: {Shown.Traffic(reply.Json.Find("share", "green"))}"));
        return ExitCode.Done;
    }
}
