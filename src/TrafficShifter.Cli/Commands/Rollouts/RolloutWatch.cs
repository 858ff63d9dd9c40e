using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>Follows one rollout: woken by events, and by a clock in case those do not come.</summary>
/// <remarks>
/// 1. Ask for the rollout. 2. Show what is new. 3. End if it is over or as far as was asked. 4. Wait for an event or the clock.
/// What it shows and decides rests on the rollout's document alone; the stream only says when to look.
/// </remarks>
internal sealed class RolloutWatch(Invocation run, string id, WatchUntil until, bool failOnGate) : IDisposable
{
    /// <summary>A terminal shows clocks that run.</summary>
    private static readonly TimeSpan LiveInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StreamInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    /// <summary>How long a lost connection is tried again when no --timeout says so.</summary>
    private static readonly TimeSpan UsualLoss = TimeSpan.FromMinutes(10);

    private readonly ApiClient _api = new(run.Connection, run.Settings with { Timeout = null }, run.Terminal);
    private readonly WatchScreen _screen = new(run);
    private readonly TimeProvider _time = run.Terminal.Time;
    private readonly SemaphoreSlim _news = new(0, 1);
    private long _began;
    private long _reached;

    public async Task<int> RunAsync()
    {
        (_began, _reached) = (_time.GetTimestamp(), _time.GetTimestamp());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled);
        var stream = new EventStream(_api, id[..id.LastIndexOf('-')], _time);
        var listening = ListenAsync(stream, ended.Token);
        try
        {
            return await FollowAsync(stream);
        }
        catch (OperationCanceledException) when (run.Cancelled.IsCancellationRequested)
        {
            _screen.Leave("left; the rollout goes on");
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await listening;
        }
    }

    public void Dispose()
    {
        _api.Dispose();
        _news.Dispose();
    }

    private async Task<int> FollowAsync(EventStream stream)
    {
        JsonElement? last = null;
        while (true)
        {
            if (await TryReadAsync() is { } rollout)
            {
                last = rollout;
                _screen.Show(rollout, stream.IsOpen ? null : stream.Problem);
                if (FindExit(rollout) is { } code)
                {
                    _screen.Finish(rollout);
                    return code;
                }
            }
            if (Remaining() <= TimeSpan.Zero)
            {
                var lost = _time.GetElapsedTime(_reached) > PollInterval * 2;
                if (last is { } known) _screen.Finish(known);
                throw lost
                    ? new Failure(ExitCode.Away, $"{run.Connection.Label} has not answered for {Math.Floor(_time.GetElapsedTime(_reached).TotalSeconds)} s", "the rollout goes on without this command", $"shifter rollout watch {id}")
                    : new Failure(ExitCode.StillGoing, $"the time is up; {id} is still {last?.Find("phase")}", "the rollout goes on", $"shifter rollout watch {id}");
            }
            var interval = run.Settings.Live && run.Settings.IsForPeople ? LiveInterval : stream.IsOpen ? StreamInterval : PollInterval;
            await WaitAsync(interval < Remaining() ? interval : Remaining());
        }
    }

    /// <summary>The rollout; null when the server does not answer now.</summary>
    /// <exception cref="Failure">It answers that there is nothing to watch, or not for this token.</exception>
    private async Task<JsonElement?> TryReadAsync()
    {
        try
        {
            var reply = await _api.GetAsync($"rollouts/{id}", run.Cancelled);
            _reached = _time.GetTimestamp();
            return reply.Json;
        }
        catch (Failure away) when (away.ExitCode == ExitCode.Away)
        {
            _screen.NoteLoss(away.Message);
            return null;
        }
    }

    private int? FindExit(JsonElement rollout)
    {
        var (phase, step) = (rollout.Find("phase"), (int)(rollout.Number("step") ?? 0));
        var waits = phase == "paused" || rollout.Is("gate", "waiting");
        return (phase, until) switch
        {
            ("succeeded", _) => ExitCode.Done,
            ("rolledBack" or "aborted", _) => ExitCode.No,
            ("progressing" or "promoting", WatchUntil.Step asked) when step >= asked.Number => ExitCode.Done,
            ("promoting", WatchUntil.Gate) => ExitCode.Done,
            (_, WatchUntil.Gate) when rollout.Is("gate", "waiting") => ExitCode.Done,
            _ when waits && failOnGate => ExitCode.WaitsForPerson,
            _ => null,
        };
    }

    private TimeSpan Remaining() => run.Settings.Timeout is { } limit ? limit - _time.GetElapsedTime(_began) : UsualLoss - _time.GetElapsedTime(_reached);

    private async Task WaitAsync(TimeSpan interval)
    {
        using var clock = new CancellationTokenSource(interval, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, run.Cancelled);
        await _news.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        run.Cancelled.ThrowIfCancellationRequested();
    }

    private async Task ListenAsync(EventStream stream, CancellationToken ended)
    {
        try
        {
            await foreach (var _ in stream.ReadAsync(ended))
                if (_news.CurrentCount == 0) _news.Release();
        }
        catch (Exception over) when (over is OperationCanceledException or Failure)
        {
            // Without a stream the clock alone says when to look.
        }
    }
}
