using System.Collections.Concurrent;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Drives all running rollouts while this process leads, each in a loop of its own: one that waits for a slow query delays no other.</summary>
public sealed partial class RolloutWorker(
    ITrafficStore store, ILeaderLease lease, TrafficFollower follower, TrafficWriter writer, Fleet fleet, MetricsWatch metrics, StandstillReader standstills,
    Identifiers identifiers, RolloutMetrics counters, EvidenceDesk evidence, HookCaller hooks, TimeProvider time, ILogger<RolloutWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<RolloutId, RolloutRunner> _runners = new();
    private volatile Standstill? _standstill;
    private TrafficSnapshot? _seen;

    /// <summary>A rollout that this process drives, with its clocks as they run, if its document is still the one at <paramref name="index"/>.</summary>
    public Rollout? FindLive(RolloutId id, ulong index) => _runners.TryGetValue(id, out var runner) ? runner.FindLive(index) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<RolloutId, Task>();
        follower.Overhear(Hear);
        var probing = EachTurnAsync(async () =>
        {
            if (lease.Fence is null) metrics.Forget();
            else await metrics.ProbeAsync(stoppingToken);
        }, stoppingToken);
        await EachTurnAsync(async () =>
        {
            if (lease.Fence is null) return;
            _standstill = await standstills.LookAsync(stoppingToken);
            StartLoops(loops, stoppingToken);
        }, stoppingToken);
        await Task.WhenAll([probing, .. loops.Values]);
    }

    /// <summary>What others wrote of rollouts that are driven here is read in their next turn.</summary>
    private void Hear(IReadOnlyCollection<string>? keys)
    {
        if (keys is null)
        {
            foreach (var runner in _runners.Values) runner.LookAgain();
            return;
        }
        foreach (var key in keys.Where(k => k.StartsWith(Keys.Rollouts, StringComparison.Ordinal)))
            if (RolloutId.TryParse(key[(key.LastIndexOf('/') + 1)..], null, out var id) && _runners.TryGetValue(id, out var runner)) runner.LookAgain();
    }

    private void StartLoops(Dictionary<RolloutId, Task> loops, CancellationToken stoppingToken)
    {
        var ended = loops.Where(l => l.Value.IsCompleted).Select(l => l.Key).ToList();
        foreach (var id in ended) loops.Remove(id);
        // Nothing changed and none ended: all that are named have their loops.
        if (follower.Current is var snapshot && ReferenceEquals(snapshot, _seen) && ended.Count == 0) return;
        _seen = snapshot;
        foreach (var id in snapshot.Apps.Values.Where(a => a.Exists).Select(FindRollout).OfType<RolloutId>())
            if (!loops.ContainsKey(id)) loops[id] = Task.Run(() => DriveAsync(id, stoppingToken), CancellationToken.None);
    }

    /// <summary>One rollout's loop: until it is named by its application no more, or this process leads no more. Who leads again begins with a new runner.</summary>
    private async Task DriveAsync(RolloutId id, CancellationToken stoppingToken)
    {
        using var counted = evidence.Open(id);
        using var runner = new RolloutRunner(id, store, writer, fleet, metrics, identifiers, counters, counted, hooks, time, logger);
        _runners[id] = runner;
        using var timer = new PeriodicTimer(Turn, time);
        do
        {
            if (lease.Fence is not { } fence) break;
            var snapshot = follower.Current;
            if (FindRollout(snapshot.Find(id.App)) != id) break;
            // Nobody is heard now: the store is asked, and says whether it is there.
            if (follower.Problem is not null) runner.LookAgain();
            if (metrics.HasProbed && _standstill is { } standstill) await TakeTurnAsync(runner, id, snapshot, standstill, fence, stoppingToken);
        }
        while (await TryWaitAsync(timer, stoppingToken));
        _runners.TryRemove(id, out _);
        counters.Forget(id.App.Value);
    }

    private async Task TakeTurnAsync(RolloutRunner runner, RolloutId id, TrafficSnapshot snapshot, Standstill standstill, LeaderFence fence, CancellationToken stoppingToken)
    {
        try
        {
            await runner.TakeTurnAsync(snapshot, metrics.FindAway(), standstill, RolloutChanges.CheckpointEveryOf(_runners.Count), fence, stoppingToken);
        }
        catch (StoreException gone)
        {
            LogStoreAway(id, gone.Message);
        }
        catch (Exception failed) when (failed is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            LogRolloutFailed(failed, id);
        }
        catch (OperationCanceledException)
        {
            // The process ends; the loop sees it.
        }
    }

    private async Task EachTurnAsync(Func<Task> turn, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Turn, time);
        while (await TryWaitAsync(timer, stoppingToken))
        {
            try
            {
                await turn();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
        }
    }

    private static async Task<bool> TryWaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static RolloutId? FindRollout(AppTraffic app) => RolloutId.TryParse(app.State.Value?.Rollout, null, out var id) ? id : null;

    [LoggerMessage(EventId = 320, Level = LogLevel.Error, Message = "A turn of the controller failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 323, Level = LogLevel.Error, Message = "{Rollout}: its turn failed; the next one begins anew")]
    private partial void LogRolloutFailed(Exception failed, RolloutId rollout);

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "{Rollout} stands still: {Problem}")]
    private partial void LogStoreAway(RolloutId rollout, string problem);
}
