using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary><c>shifter rollout</c>: one run of a plan. Wherever an application is named, a rollout's id does as well.</summary>
internal static class RolloutCommands
{
    public static Command Create(Shell shell) => new Verb("rollout", "Start, watch and steer rollouts", "shifter rollout start shop --plan standard --watch", "shifter rollout watch shop")
    {
        RolloutStartCommand.Create(shell),
        RolloutListCommand.Create(shell),
        RolloutGetCommand.Create(shell),
        RolloutWatchCommand.Create(shell),
        RolloutExplainCommand.Create(shell),
        RolloutSteerCommand.Create(shell, "pause", "Stop progress; the weights stay, checks go on"),
        RolloutSteerCommand.Create(shell, "resume", "Go on; the step's weights are applied again"),
        RolloutSteerCommand.Create(shell, "promote", "All traffic to the new colour now, past the steps and checks that are left; asks, and needs a --reason", needsReason: true, confirms: true),
        RolloutSteerCommand.Create(shell, "abort", "All traffic back to the stable colour"),
        RolloutSteerCommand.Create(shell, "retry", "Begin again, by the plan of a rollout that has ended"),
        RolloutSteerCommand.Create(shell, "approve", "Let the gate pass that waits"),
        RolloutSteerCommand.Create(shell, "reject", "Roll back at the gate that waits"),
    };
}
