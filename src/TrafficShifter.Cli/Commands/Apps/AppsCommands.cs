using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps</c>: what is registered.</summary>
internal static class AppsCommands
{
    public static Command Create(Shell shell)
    {
        var apps = AppsListCommand.Create(shell, "apps");
        apps.Add(AppsListCommand.Create(shell, "apps list"));
        apps.Add(AppsGetCommand.Create(shell));
        apps.Add(AppsApplyCommand.Create(shell));
        apps.Add(AppsDeleteCommand.Create(shell));
        apps.Add(AppsSnippetCommand.Create(shell));
        return apps;
    }
}
