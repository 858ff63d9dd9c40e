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
        return apps;
    }

    /// <summary>The argument APP.</summary>
    public static Argument<string> App(string description = "Name of the application") => new("app") { HelpName = "APP", Description = description };
}
