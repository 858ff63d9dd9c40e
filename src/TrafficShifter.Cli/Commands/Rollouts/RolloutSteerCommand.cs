using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary><c>shifter rollout pause|resume|promote|abort|retry|approve|reject APP</c>.</summary>
internal static class RolloutSteerCommand
{
    /// <param name="needsReason">The API takes it only with a reason: at a terminal it is asked for.</param>
    /// <param name="confirms">A yes is needed: steps and checks are skipped.</param>
    public static Command Create(Shell shell, string verb, string description, bool needsReason = false, bool confirms = false)
    {
        var target = RolloutTarget.Argument();
        var example = needsReason ? $"shifter rollout {verb} shop --yes --reason \"hotfix\"" : $"shifter rollout {verb} shop --reason \"seen in the logs\"";
        return new Verb(verb, description, needsReason ? $"shifter rollout {verb} shop --reason \"hotfix\"" : $"shifter rollout {verb} shop", example) { target }.Does(shell, async run =>
        {
            var id = await RolloutTarget.FindIdAsync(run, run.Get(target));
            run.SayWhere(id);
            var body = Arguments.Reason(run);
            if (needsReason && run.Settings.Reason is null) body["reason"] = AskReason(run, verb);
            if (confirms) run.Confirm("All traffic goes to the new colour now, past the steps and checks that are left.");
            var reply = await run.Api.PostAsync($"rollouts/{id}/{verb}", body, run.Cancelled);
            run.Data.Write(reply.Json, output => output.WriteLine($"{reply.Json.Find("id")}  {Shown.Phase(reply.Json.Find("phase"))}: {Plain.Text(reply.Json.Find("sentence") ?? "not begun yet")}"), r => r.Find("id"));
            return ExitCode.Done;
        });
    }

    private static string AskReason(Invocation run, string verb)
    {
        if (run.Settings.NoInput) throw Failure.Usage($"{verb} needs a reason", $"shifter rollout {verb} APP --reason TEXT");
        run.Terminal.Error.Write($"Why {verb}? ");
        return run.Terminal.In.ReadLine() is { Length: > 0 } reason ? reason : throw Failure.Usage($"{verb} needs a reason", $"shifter rollout {verb} APP --reason TEXT");
    }
}
