using System.CommandLine;
using System.CommandLine.Help;
using TrafficShifter.Cli.Commands.Apps;
using TrafficShifter.Cli.Commands.Backup;
using TrafficShifter.Cli.Commands.Colours;
using TrafficShifter.Cli.Commands.Completion;
using TrafficShifter.Cli.Commands.Contexts;
using TrafficShifter.Cli.Commands.Control;
using TrafficShifter.Cli.Commands.History;
using TrafficShifter.Cli.Commands.Judge;
using TrafficShifter.Cli.Commands.Migrations;
using TrafficShifter.Cli.Commands.Nodes;
using TrafficShifter.Cli.Commands.Plans;
using TrafficShifter.Cli.Commands.Rollback;
using TrafficShifter.Cli.Commands.Rollouts;
using TrafficShifter.Cli.Commands.Status;
using TrafficShifter.Cli.Commands.Targets;
using TrafficShifter.Cli.Commands.Tokens;
using TrafficShifter.Cli.Commands.Weights;
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
        StatusCommand.Create(shell),
        WeightsCommands.Create(shell),
        RollbackCommand.Create(shell),
        UnlockCommand.CreateUnlock(shell),
        UnlockCommand.CreateUndo(shell),
        RolloutCommands.Create(shell),
        PlanCommands.Create(shell),
        JudgeCommands.Create(shell),
        MigrationCommands.Create(shell),
        ParityCommand.Create(shell),
        ColoursCommand.Create(shell),
        EvacuateCommand.Create(shell),
        TargetsCommands.Create(shell),
        NodesCommands.Create(shell),
        HistoryCommand.Create(shell),
        EventsCommand.Create(shell),
        TokenCommands.Create(shell),
        FreezeCommands.Create(shell),
        StopCommands.Create(shell),
        BackupCommand.Create(shell),
        RestoreCommand.Create(shell),
        ContextCommands.Create(shell),
        SignInCommands.Login(shell),
        SignInCommands.Logout(shell),
        SignInCommands.WhoAmI(shell),
        CompletionCommand.Create(shell),
        VersionCommand.Create(shell),
    ];
}
