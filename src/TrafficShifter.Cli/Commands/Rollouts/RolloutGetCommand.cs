using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary><c>shifter rollout get APP</c>: where it stands.</summary>
internal static class RolloutGetCommand
{
    public static Command Create(Shell shell)
    {
        var target = RolloutTarget.Argument();
        return new Verb("get", "Show where a rollout stands, and why", "shifter rollout get shop", "shifter rollout get shop -o json") { target }.Does(shell, async run =>
        {
            var reply = await RolloutTarget.ReadAsync(run, run.Get(target));
            run.NoteAge(reply);
            run.Data.Write(reply.Json, output =>
            {
                foreach (var line in RolloutBlock.Draw(reply.Json, run.Connection.Label, run.Now, run.Terminal.Width)) output.WriteLine(line);
            }, r => Api.Json.Find(r, "id"));
            return ExitCode.Done;
        });
    }
}
