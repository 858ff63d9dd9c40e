using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Brings documents after a rollback of all applications, while this process leads. No rollout waits for it, and it for none.</summary>
public sealed partial class SweepWorker(
    ILeaderLease lease, TrafficFollower follower, TrafficWriter writer, Identifiers identifiers, TimeProvider time, ILogger<SweepWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    /// <summary>Transactions on their way at once: the store is never idle, and followers are not outrun.</summary>
    private const int AtATime = 3;

    private ulong _heard;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested || lease.Fence is not { } fence) continue;
            try
            {
                await SweepAsync(follower.Current, fence, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreException away)
            {
                LogAway(away.Message);
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
        }
    }

    /// <summary>Many applications to a transaction, some transactions at a time. Goes on where it was after a crash.</summary>
    private async Task SweepAsync(TrafficSnapshot snapshot, LeaderFence fence, CancellationToken cancellationToken)
    {
        if (snapshot.Fleet.Value is null || !IsDue(snapshot.Fleet.ModifyIndex)) return;
        var (swept, began) = (0, time.GetTimestamp());
        var several = new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken };
        var told = new SweepNews(writer);
        try
        {
            await Parallel.ForEachAsync(Transactions(), several, async (changes, token) => await CommitSweepAsync(changes, told, token));
        }
        finally
        {
            await told.TellAsync();
        }
        var took = time.GetElapsedTime(began).TotalSeconds;
        if (swept > 0) LogEnded(swept, took);

        IEnumerable<ChangeSet> Transactions()
        {
            var none = (ChangeSet.Empty with { Fence = fence }).UnlessRolledBackSince(snapshot.Fleet);
            var pending = none;
            foreach (var app in snapshot.Apps.Values)
            {
                if (TrafficChanges.Sweep(app, snapshot.Fleet, identifiers.Next, time.GetUtcNow()) is not { } changes) continue;
                if (swept++ == 0) LogBegun(snapshot.Fleet.ModifyIndex);
                // The writer adds one: the outbox entry.
                if (pending.Operations + changes.Count + 1 > ChangeSet.MaxOperations)
                {
                    yield return pending;
                    pending = none;
                }
                pending = pending.With([.. changes]);
            }
            if (pending.Changes.Count > none.Changes.Count) yield return pending;
        }
    }

    /// <summary>A rollback that is new is the nodes' first: thousands of documents begin a turn later, when it is in HAProxy.</summary>
    private bool IsDue(ulong rollback)
    {
        var isKnown = rollback == _heard;
        _heard = rollback;
        return isKnown;
    }

    private async Task CommitSweepAsync(ChangeSet changes, SweepNews told, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = await writer.CommitUntoldAsync(changes);
        if (result is CommitResult.Committed committed)
        {
            LogSwept((changes.Changes.Count - 1) / 2, committed.Index);
            told.Add(changes.Changes.Select(c => c.Key));
        }
        // A conflict leaves these documents to the next turn. What was in its way may have been written by a leader that died before it told of it.
        else if (result is CommitResult.Conflict lost) told.Add(lost.Keys);
    }

    [LoggerMessage(EventId = 324, Level = LogLevel.Error, Message = "A turn of the sweep after a rollback of all failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 325, Level = LogLevel.Warning, Message = "The documents could not be brought after a rollback of all: {Problem}")]
    private partial void LogAway(string problem);

    [LoggerMessage(EventId = 326, Level = LogLevel.Information, Message = "The documents are being brought after the rollback of all (index {Index})")]
    private partial void LogBegun(ulong index);

    [LoggerMessage(EventId = 327, Level = LogLevel.Information, Message = "The documents of {Count} applications were to be brought after the rollback of all; it took {Seconds:0.0} s")]
    private partial void LogEnded(int count, double seconds);

    [LoggerMessage(EventId = 322, Level = LogLevel.Debug, Message = "{Count} applications were brought after the rollback of all (index {Index})")]
    private partial void LogSwept(int count, ulong index);
}
