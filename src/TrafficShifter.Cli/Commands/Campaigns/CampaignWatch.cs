using System.Text.Json;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Campaigns;

/// <summary>What a watch shows of a campaign.</summary>
/// <param name="What">What is watched, for sentences: <c>migration spring</c>.</param>
/// <param name="Path">Where the API tells how it stands.</param>
/// <param name="Again">The command that watches it again.</param>
/// <param name="Say">How it stands, in one sentence; a line is written when that changes.</param>
/// <param name="Draw">The block that is drawn again at a terminal.</param>
/// <param name="FindExit">The exit code once it has come to where the watch ends; null before.</param>
internal sealed record CampaignShown(string What, string Path, string Again, Func<JsonElement, string> Say, Func<JsonElement, IEnumerable<string>> Draw, Func<JsonElement, int?> FindExit);

/// <summary>Follows a campaign by asking, until it has come to its end: hours or days, so a server that is away for a while is asked again.</summary>
internal sealed class CampaignWatch(Invocation run, CampaignShown shown)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>How long a lost connection is tried again when no --timeout says so.</summary>
    private static readonly TimeSpan UsualLoss = TimeSpan.FromMinutes(10);

    private readonly LiveBlock _block = new(run.Terminal);
    private readonly TimeProvider _time = run.Terminal.Time;
    private string? _told;
    private bool _lost;

    private bool IsLive => run.Settings is { Live: true, IsForPeople: true };

    public async Task<int> RunAsync()
    {
        var (began, reached) = (_time.GetTimestamp(), _time.GetTimestamp());
        using var api = new Api.ApiClient(run.Connection, run.Settings with { Timeout = null }, run.Terminal);
        while (true)
        {
            if (await TryReadAsync(api) is { } answer)
            {
                reached = _time.GetTimestamp();
                Show(answer);
                if (shown.FindExit(answer) is { } code) return Finish(answer, code);
            }
            var left = run.Settings.Timeout is { } limit ? limit - _time.GetElapsedTime(began) : UsualLoss - _time.GetElapsedTime(reached);
            if (left <= TimeSpan.Zero) throw Over(_time.GetElapsedTime(reached));
            await Task.Delay(left < Interval ? left : Interval, _time, run.Cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!run.Cancelled.IsCancellationRequested) continue;
            _block.Clear();
            run.Say($"left; {shown.What} goes on");
            run.Cancelled.ThrowIfCancellationRequested();
        }
    }

    private async Task<JsonElement?> TryReadAsync(Api.ApiClient api)
    {
        try
        {
            return (await api.GetAsync(shown.Path, run.Cancelled)).Json;
        }
        catch (Failure away) when (away.ExitCode == ExitCode.Away)
        {
            if (!_lost) _block.Clear();
            if (!_lost) run.Say($"{Shown.Clock(run.Now)}  {away.Message}; trying again, {shown.What} goes on");
            _lost = true;
            return null;
        }
    }

    private void Show(JsonElement answer)
    {
        if (_lost) Tell("connected again");
        _lost = false;
        if (shown.Say(answer) is var sentence && sentence != _told)
        {
            _told = sentence;
            if (run.Settings.Format == OutputFormat.JsonLines) run.Terminal.Out.WriteLine(JsonSerializer.Serialize(answer, JsonText.Relaxed));
            else Tell(sentence);
        }
        if (IsLive) _block.Draw([.. shown.Draw(answer).Select(Plain.Text), $" Ctrl-C leaves; {shown.What} goes on."]);
    }

    private int Finish(JsonElement answer, int code)
    {
        _block.Clear();
        if (run.Settings.Format is OutputFormat.Json or OutputFormat.Yaml) run.Data.Write(answer, _ => new Table());
        return code;
    }

    private void Tell(string sentence)
    {
        if (!run.Settings.IsForPeople) return;
        _block.Clear();
        run.Terminal.Out.WriteLine($"{Shown.Clock(run.Now)}  {Plain.Text(sentence)}");
    }

    private Failure Over(TimeSpan silent)
    {
        _block.Clear();
        return silent > Interval * 2
            ? new Failure(ExitCode.Away, $"{run.Connection.Label} has not answered for {Math.Floor(silent.TotalSeconds)} s", $"{shown.What} goes on without this command", shown.Again)
            : new Failure(ExitCode.StillGoing, $"the time is up; {shown.What} has not ended", $"{shown.What} goes on", shown.Again);
    }
}
