using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>The rollout that a command is about: an id, or an application, which means its newest.</summary>
internal static class RolloutTarget
{
    public static Argument<string> Argument()
    {
        var target = new Argument<string>("app") { HelpName = "APP", Description = "Name of the application, whose newest rollout it is; or a rollout's id" };
        target.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !RolloutId.TryParse(token.Value, null, out _) && AppName.FindProblem(token.Value) is { } bad) result.AddError($"\"{token.Value}\": {bad}");
        });
        return target;
    }

    /// <exception cref="Failure">There is none.</exception>
    public static async Task<ApiReply> ReadAsync(Invocation run, string target)
    {
        if (RolloutId.TryParse(target, null, out _)) return await run.Api.GetAsync($"rollouts/{target}", run.Cancelled);
        var all = await run.Api.GetAsync($"apps/{target}/rollouts", run.Cancelled);
        if (all.Json.EnumerateArray().Select(r => (JsonElement?)r).FirstOrDefault() is not { } newest) throw new Failure(ExitCode.NotFound, $"{target} has no rollout", null, $"shifter rollout start {target}");
        return new ApiReply(all.Status, newest.GetRawText(), null, all.Age);
    }

    public static async Task<string> FindIdAsync(Invocation run, string target) =>
        RolloutId.TryParse(target, null, out _) ? target : (await ReadAsync(run, target)).Json.Find("id")!;
}
