using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps delete APP</c>: HAProxy keeps the weights that it has.</summary>
internal static class AppsDeleteCommand
{
    public static Command Create(Shell shell)
    {
        var (app, force) = (Arguments.App(), Arguments.HeldForce());
        return new Verb("delete", "Forget an application; HAProxy keeps the weights that it has", "shifter apps delete shop", "shifter apps delete shop --yes --reason \"replaced by shop2\"") { app, force }.Does(shell, async run =>
        {
            var name = run.Get(app);
            run.SayWhere(name);
            run.ConfirmByTyping($"{name} is forgotten: nobody can shift it or roll it back any more.", name);
            await run.Api.DeleteAsync($"apps/{name}".With(Arguments.ReasonQuery(run), run.Get(force) ? "force=true" : null), null, run.Cancelled);
            run.Say($"{name} is forgotten; HAProxy keeps the weights that it has");
            return ExitCode.Done;
        });
    }
}
