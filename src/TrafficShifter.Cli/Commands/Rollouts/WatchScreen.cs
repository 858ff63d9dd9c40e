using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>What a watch shows: at a terminal the decisions and below them a block that is drawn again; elsewhere a line for each decision, and one a minute while it holds.</summary>
internal sealed class WatchScreen(Invocation run)
{
    private static readonly TimeSpan StillEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeastBetweenDraws = TimeSpan.FromMilliseconds(200);
    private readonly HashSet<string> _told = [];
    private readonly LiveBlock _block = new(run.Terminal);
    private long? _drawn;
    private long _lastLine = run.Terminal.Time.GetTimestamp();
    private bool _lost;

    private bool IsLive => run.Settings is { Live: true, IsForPeople: true };

    /// <param name="streamProblem">Why news come only by asking; null while they come by themselves.</param>
    public void Show(JsonElement rollout, string? streamProblem)
    {
        if (_lost) Line($"{Shown.Clock(run.Now)}  connected again");
        _lost = false;
        var decisions = rollout.List("decisions").ToList();
        foreach (var decision in decisions) Tell(decision, isLast: decision.Equals(decisions[^1]));
        if (IsLive) Draw(rollout, streamProblem);
        else if (run.Settings.IsForPeople && run.Terminal.Time.GetElapsedTime(_lastLine) >= StillEvery && rollout.Find("sentence") is { } sentence) Line($"{Shown.Clock(run.Now)}  still: {Plain.Text(sentence)}");
    }

    /// <summary>Said once for each loss.</summary>
    public void NoteLoss(string message)
    {
        if (_lost) return;
        _lost = true;
        _block.Clear();
        run.Say($"{Shown.Clock(run.Now)}  {message}; trying again, the rollout goes on");
    }

    /// <summary>The last line is the result.</summary>
    public void Finish(JsonElement rollout)
    {
        _block.Clear();
        switch (run.Settings.Format)
        {
            case OutputFormat.JsonLines:
                break;
            case OutputFormat.Table or OutputFormat.Wide:
                run.Terminal.Out.WriteLine($"{rollout.Find("id")}  {Shown.Phase(rollout.Find("phase"))}: {Plain.Text(rollout.Find("outcome") ?? rollout.Find("pausedReason") ?? rollout.Find("sentence") ?? "not begun yet")}");
                break;
            default:
                run.Data.Write(rollout, _ => new Table(), r => r.Find("id"));
                break;
        }
    }

    public void Leave(string message)
    {
        _block.Clear();
        run.Say(message);
    }

    /// <summary>A hold is told once, and not while it only waits for its time.</summary>
    private void Tell(JsonElement decision, bool isLast)
    {
        var (kind, why) = (decision.Find("kind"), decision.Find("why"));
        if (kind == "hold" && (why is "time" or "settling" || (!isLast && _told.Count > 0))) return;
        if (!_told.Add($"{decision.Find("at")} {kind} {why}")) return;
        if (run.Settings.Format == OutputFormat.JsonLines) run.Terminal.Out.WriteLine(decision.GetRawText());
        else if (run.Settings.IsForPeople) Line($"{Shown.Clock(decision.Time("at"))}  {Decisions.Line(decision)}");
    }

    private void Line(string text)
    {
        if (!run.Settings.IsForPeople) return;
        _block.Clear();
        _drawn = null;
        run.Terminal.Out.WriteLine(text);
        _lastLine = run.Terminal.Time.GetTimestamp();
    }

    private void Draw(JsonElement rollout, string? streamProblem)
    {
        if (_drawn is { } before && run.Terminal.Time.GetElapsedTime(before) < LeastBetweenDraws) return;
        _drawn = run.Terminal.Time.GetTimestamp();
        List<string> lines = [.. RolloutBlock.Draw(rollout, run.Connection.Label, run.Now, run.Terminal.Width)];
        if (streamProblem is not null) lines.Add(" no stream of events: asking every second instead");
        lines.Add($" Ctrl-C leaves; the rollout goes on.   roll back: shifter rollback {rollout.Find("app")}");
        _block.Draw(lines);
    }
}
