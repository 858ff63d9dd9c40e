using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary><c>shifter rollout list APP</c>.</summary>
internal static class RolloutListCommand
{
    public static Command Create(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("list", "List an application's rollouts, newest first", "shifter rollout list shop", "shifter rollout list shop -o name") { app }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync($"apps/{run.Get(app)}/rollouts", run.Cancelled);
            run.NoteAge(reply);
            run.Data.Write(reply.Json, rollouts =>
            {
                var table = new Table("ROLLOUT", "STATE", "STEP", "PLAN", "BY", "STARTED", "WHY");
                foreach (var rollout in rollouts.EnumerateArray())
                    table.Add(rollout.Find("id"), new Cell(Shown.Phase(rollout.Find("phase")), Shown.ToneOf(rollout.Find("phase"))), $"{rollout.Find("step")}/{rollout.Find("steps")}", rollout.Find("plan", "name"),
                        rollout.Find("startedBy"), Shown.Age(rollout.Time("startedAt"), run.Now), rollout.Find("outcome") ?? rollout.Find("pausedReason") ?? rollout.Find("sentence"));
                return table;
            }, r => r.Find("id"));
            return ExitCode.Done;
        });
    }
}
