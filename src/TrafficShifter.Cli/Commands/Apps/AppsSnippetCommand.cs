using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps snippet APP</c>: the lines for haproxy.cfg.</summary>
internal static class AppsSnippetCommand
{
    public static Command Create(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("snippet", "Print the lines of haproxy.cfg for an application", "shifter apps snippet shop", "shifter apps snippet shop > shop.cfg") { app }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync($"apps/{run.Get(app)}/haproxy", run.Cancelled);
            run.Terminal.Out.Write(reply.Text);
            return ExitCode.Done;
        });
    }
}
