using System.CommandLine;

namespace TrafficShifter.Cli.Commands.Judge;

/// <summary><c>shifter judge</c>: the statistical judge, without a server.</summary>
internal static class JudgeCommand
{
    public static Command Create() => new("judge", "The statistical judge, without a server") { ReplayCommand.Create() };
}
