using System.CommandLine;
using System.CommandLine.Help;
using TrafficShifter.Cli.Commands.Apps;
using TrafficShifter.Cli.Commands.Judge;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands;

/// <summary>All commands: the noun first, then the verb; what is used most also at the top.</summary>
internal static class CommandTree
{
    public static RootCommand Build(Shell shell)
    {
        var root = new RootCommand("Shifts traffic between the blue and the green side of applications behind HAProxy.\nA rollback never asks: shifter rollback APP");
        foreach (var option in root.Options.Where(o => o is HelpOption or VersionOption).ToList()) root.Options.Remove(option);
        foreach (var option in shell.Options.All) root.Add(option);
        root.Add(new HelpOption("--help", "-h") { Description = "Examples, arguments and options", Action = new HelpWithExamples() });
        root.Add(new VersionOption("--version") { Description = "The version of this program", Action = new VersionAction() });
        foreach (var command in Commands(shell)) root.Add(command);
        return root;
    }

    private static IEnumerable<Command> Commands(Shell shell) =>
    [
        AppsCommands.Create(shell),
        JudgeCommands.Create(shell),
    ];
}
