using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Colours;

/// <summary><c>shifter restore COLOUR</c>: each application gets back what it had before its side was evacuated, by canary.</summary>
internal static class BringBack
{
    public static async Task<int> RunAsync(Invocation run, string colour, string? plan, int? parallelism, bool watch)
    {
        var body = Arguments.Reason(run);
        if (plan is not null) body["plan"] = File.Exists(plan) ? InputFile.ReadObject(run, plan) : plan;
        if (parallelism is { } together) body["parallelism"] = together;
        run.SayWhere($"restore {colour}");
        run.Confirm($"Applications go back to {colour}, each by a canary, to what they had before it was evacuated.");
        var reply = await run.Api.PostAsync($"colours/{colour}/restore", body, run.Cancelled);
        if (watch) return await ColoursCommand.WatchAsync(run, colour, "restore", $"shifter restore {colour} --watch", FindExit);
        run.Data.Write(reply.Json, output => output.WriteLine(Plain.Text(reply.Json.Find("sentence") ?? "")), c => c.Find("colour"));
        return ExitCode.Done;
    }

    /// <summary>Over when no canary runs and nobody waits for one: all are back, or those that are not are named.</summary>
    private static int? FindExit(JsonElement colour) => colour.Find("phase") switch
    {
        "restoring" => null,
        _ => colour.List("notRestored").Any() ? ExitCode.No : ExitCode.Done,
    };
}
