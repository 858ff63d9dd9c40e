using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Judge;

/// <summary><c>shifter judge</c>: the statistical judge, without a server.</summary>
internal static class JudgeCommands
{
    public static Command Create(Shell shell) =>
        new Verb("judge", "The statistical judge of rollouts, without a server", "shifter judge replay counts.csv", "shifter judge replay --help") { ReplayCommand.Create(shell) };
}
