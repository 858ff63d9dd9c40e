using System.CommandLine;
using System.Globalization;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>How far a rollout is watched.</summary>
internal abstract record WatchUntil
{
    public sealed record End : WatchUntil;

    public sealed record Gate : WatchUntil;

    /// <param name="Number">From 1.</param>
    public sealed record Step(int Number) : WatchUntil;

    public static WatchUntil? TryParse(string text) => text switch
    {
        "end" => new End(),
        "gate" => new Gate(),
        _ when text.StartsWith("step:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => new Step(number),
        _ => null,
    };
}

/// <summary><c>shifter rollout watch APP</c>: what a pipeline waits on.</summary>
internal static class RolloutWatchCommand
{
    public static Command Create(Shell shell)
    {
        var target = RolloutTarget.Argument();
        var until = new Option<string>("--until") { Description = "end (default), gate, or step:N", HelpName = "WHAT", DefaultValueFactory = _ => "end" };
        until.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && WatchUntil.TryParse(token.Value) is null) result.AddError($"--until {token.Value}: end, gate or step:N is needed");
        });
        var failOnGate = new Option<bool>("--fail-on-gate") { Description = "End with exit code 9 when it waits for a person: at a gate, or paused" };
        return new Verb("watch", "Watch a rollout until its end. Exit code 0 only if it succeeded: 1 rolled back or aborted, 7 the server is away, 8 the --timeout ended, 130 Ctrl-C (the rollout goes on)",
            "shifter rollout watch shop", "shifter rollout watch shop --timeout 1h --fail-on-gate") { target, until, failOnGate }.Does(shell, async run =>
        {
            var id = await RolloutTarget.FindIdAsync(run, run.Get(target));
            using var watch = new RolloutWatch(run, id, WatchUntil.TryParse(run.Get(until)!)!, run.Get(failOnGate));
            return await watch.RunAsync();
        });
    }
}
