using System.Collections.Concurrent;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Drives all running rollouts while this process leads, and brings documents after a rollback of all applications.</summary>
public sealed partial class RolloutWorker(
    ITrafficStore store, ILeaderLease lease, TrafficFollower follower, TrafficWriter writer, Fleet fleet, MetricsWatch metrics, StandstillReader standstills,
    Identifiers identifiers, RolloutMetrics counters, TimeProvider time, ILogger<RolloutWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private const int RolloutsAtOnce = 16;
    private readonly ConcurrentDictionary<RolloutId, RolloutRunner> _runners = new();

    /// <summary>A rollout that this process drives, with its clocks as they run, if its document is still the one at <paramref name="index"/>.</summary>
    public Rollout? FindLive(RolloutId id, ulong index) => _runners.TryGetValue(id, out var runner) ? runner.FindLive(index) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Turn, time);
        while (await TryWaitAsync(timer, stoppingToken))
        {
            try
            {
                if (lease.Fence is { } fence) await TakeTurnAsync(fence, stoppingToken);
                else _runners.Clear();
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

    private async Task TakeTurnAsync(LeaderFence fence, CancellationToken cancellationToken)
    {
        var snapshot = follower.Current;
        await SweepAsync(snapshot, fence, cancellationToken);
        var running = snapshot.Apps.Values.Where(a => a.Exists).Select(FindRollout).OfType<RolloutId>().ToHashSet();
        foreach (var ended in _runners.Keys.Where(id => !running.Contains(id)).ToList()) _runners.TryRemove(ended, out _);
        if (running.Count == 0) return;
        var away = await metrics.ProbeAsync(cancellationToken);
        var standstill = await standstills.ReadAsync(cancellationToken);
        await Parallel.ForEachAsync(running, new ParallelOptions { MaxDegreeOfParallelism = RolloutsAtOnce, CancellationToken = cancellationToken },
            async (id, token) => await TakeTurnAsync(id, snapshot, away, standstill, fence, token));
    }

    private async Task TakeTurnAsync(RolloutId id, TrafficSnapshot snapshot, MetricsAway? away, Standstill standstill, LeaderFence fence, CancellationToken cancellationToken)
    {
        try
        {
            var runner = _runners.GetOrAdd(id, key => new RolloutRunner(key, store, writer, fleet, metrics, identifiers, counters, time, logger));
            await runner.TakeTurnAsync(snapshot, away, standstill, fence, cancellationToken);
        }
        catch (StoreException gone)
        {
            LogStoreAway(id, gone.Message);
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            // One rollout that cannot be driven must not keep the others from being rolled back.
            LogRolloutFailed(failed, id);
        }
    }

    /// <summary>Brings the documents after a rollback of all applications, many to a transaction. Goes on where it was after a crash.</summary>
    private async Task SweepAsync(TrafficSnapshot snapshot, LeaderFence fence, CancellationToken cancellationToken)
    {
        var none = (ChangeSet.Empty with { Fence = fence }).UnlessRolledBackSince(snapshot.Fleet);
        var pending = none;
        foreach (var app in snapshot.Apps.Values.Where(a => a.Exists))
        {
            if (TrafficChanges.Sweep(app, snapshot.Fleet, identifiers.Next, time.GetUtcNow()) is not { } changes) continue;
            if (pending.Operations + changes.Count + 1 > ChangeSet.MaxOperations)
            {
                await CommitSweepAsync(pending, cancellationToken);
                pending = none;
            }
            pending = pending.With([.. changes]);
        }
        if (pending.Changes.Count > none.Changes.Count) await CommitSweepAsync(pending, cancellationToken);
    }

    private async Task CommitSweepAsync(ChangeSet changes, CancellationToken cancellationToken)
    {
        // A conflict leaves these documents to the next turn, which sees what changed.
        if (await writer.CommitAsync(changes, cancellationToken) is CommitResult.Committed committed) LogSwept((changes.Changes.Count - 1) / 2, committed.Index);
    }

    private static RolloutId? FindRollout(AppTraffic app) => RolloutId.TryParse(app.State.Value?.Rollout, null, out var id) ? id : null;

    [LoggerMessage(EventId = 320, Level = LogLevel.Error, Message = "A turn of the controller failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 323, Level = LogLevel.Error, Message = "{Rollout}: its turn failed; the next one begins anew")]
    private partial void LogRolloutFailed(Exception failed, RolloutId rollout);

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "{Rollout} stands still: {Problem}")]
    private partial void LogStoreAway(RolloutId rollout, string problem);

    [LoggerMessage(EventId = 322, Level = LogLevel.Information, Message = "{Count} applications were brought after the rollback of all (index {Index})")]
    private partial void LogSwept(int count, ulong index);
}
