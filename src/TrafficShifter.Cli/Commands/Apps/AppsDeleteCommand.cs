using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps delete APP</c>: HAProxy keeps the weights that it has.</summary>
internal static class AppsDeleteCommand
{
    public static Command Create(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("delete", "Forget an application; HAProxy keeps the weights that it has", "shifter apps delete shop", "shifter apps delete shop --yes") { app }.Does(shell, async run =>
        {
            var name = run.Get(app);
            run.SayWhere(name);
            run.ConfirmByTyping($"{name} is forgotten: nobody can shift it or roll it back any more.", name);
            await run.Api.DeleteAsync($"apps/{name}", null, run.Cancelled);
            run.Say($"{name} is forgotten; HAProxy keeps the weights that it has");
            return ExitCode.Done;
        });
    }
}
