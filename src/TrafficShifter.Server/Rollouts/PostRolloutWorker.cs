using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Asks the hooks after rollouts that have ended, while this process leads; each ended rollout's one after the other, beside all others.</summary>
/// <remarks>An attempt that was made and not noted, because this process died, is made again under the same id and number by whoever leads then.</remarks>
public sealed partial class PostRolloutWorker(
    ITrafficStore store, StoreGlance glance, ILeaderLease lease, StandstillReader standstills, HookCaller caller, TrafficWriter writer, Identifiers identifiers, TimeProvider time, ILogger<PostRolloutWorker> logger) : BackgroundService
{
    private const int AtOnce = 32;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, Task> _loops = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var leading = new CancellationTokenSource();
        LeaderFence? known = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (lease.Fence != known)
                {
                    // What another leads is not this process's to ask.
                    await leading.CancelAsync();
                    leading.Dispose();
                    (leading, known) = (CancellationTokenSource.CreateLinkedTokenSource(stoppingToken), lease.Fence);
                }
                if (known is not null) await StartLoopsAsync(known, leading.Token);
            }
            catch (StoreException away)
            {
                LogAway(away.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await leading.CancelAsync();
        await Task.WhenAll(_loops.Values);
        leading.Dispose();
    }

    private async Task StartLoopsAsync(LeaderFence fence, CancellationToken cancellationToken)
    {
        foreach (var done in _loops.Where(l => l.Value.IsCompleted).Select(l => l.Key).ToList()) _loops.Remove(done);
        foreach (var entry in await glance.ListAsync(Keys.Hooks, cancellationToken))
            if (!_loops.ContainsKey(entry.Key) && _loops.Count < AtOnce && Reading.Of<PendingHooks>(entry).Find() is { } pending)
                _loops[entry.Key] = Task.Run(() => DriveAsync(pending, entry, fence, cancellationToken), CancellationToken.None);
    }

    private async Task DriveAsync(PendingHooks pending, Entry mark, LeaderFence fence, CancellationToken cancellationToken)
    {
        try
        {
            while (await AskNextAsync(pending, mark, fence, cancellationToken) is { } pause) await Task.Delay(pause, time, cancellationToken);
        }
        catch (StoreException away)
        {
            LogAway(away.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever leads next goes on.
        }
        catch (Exception failed)
        {
            LogFailed(failed);
        }
    }

    /// <summary>Makes one attempt and notes it.</summary>
    /// <returns>How long to wait before the next one; null when there is none, or it is begun anew.</returns>
    private async Task<TimeSpan?> AskNextAsync(PendingHooks pending, Entry mark, LeaderFence fence, CancellationToken cancellationToken)
    {
        var entry = await store.FindAsync(Keys.Rollout(pending.App, pending.Rollout.ToString()), cancellationToken);
        var rollout = entry is null ? null : Reading.Of<Rollout>(entry).Find();
        if (rollout is { IsReadOnly: true }) return null;
        if (rollout is null || PostRollout.FindCall(rollout) is not { } call)
        {
            await writer.CommitAsync((ChangeSet.Empty with { Fence = fence }).With(new Change.Remove(mark.Key, mark.ModifyIndex)), cancellationToken);
            return null;
        }
        // Neither pause nor freeze holds back a rollback, and its hooks wait all the same: they are not what leads back.
        if ((await standstills.ReadAsync(cancellationToken)).Find(pending.App, time.GetUtcNow()) is not null) return Turn;
        var answer = await caller.AskAsync(rollout, call, cancellationToken);
        var (next, decision, changes) = PostRollout.Hear(rollout, answer, entry!.ModifyIndex, mark.ModifyIndex, identifiers.Next(), time.GetUtcNow());
        while (lease.Fence == fence)
        {
            try
            {
                if (await writer.CommitAsync(changes with { Fence = fence }, cancellationToken) is not CommitResult.Committed committed) return null;
                LogHeard(pending.App, pending.Rollout, decision.Sentence, committed.Index);
                return PostRollout.FindCall(next) is null ? null : answer.Outcome is HookOutcome.Passed ? TimeSpan.Zero : call.Hook.Interval;
            }
            catch (StoreUnavailableException away)
            {
                LogAway(away.Message);
                await Task.Delay(Turn, time, cancellationToken);
            }
        }
        return null;
    }

    [LoggerMessage(EventId = 351, Level = LogLevel.Information, Message = "{App}: {Rollout}: {Sentence} (index {Index})")]
    private partial void LogHeard(Core.Apps.AppName app, RolloutId rollout, string sentence, ulong index);

    [LoggerMessage(EventId = 352, Level = LogLevel.Warning, Message = "Hooks after a rollout wait: {Problem}")]
    private partial void LogAway(string problem);

    [LoggerMessage(EventId = 353, Level = LogLevel.Error, Message = "Asking hooks after a rollout failed; it begins anew")]
    private partial void LogFailed(Exception failed);
}
