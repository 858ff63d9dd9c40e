using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Judging;

/// <summary>Writes the states of all judges together, every five seconds, while this process leads; of thousands some hundreds in turn.</summary>
/// <remarks>A state has the end of its last tile in it, so a process that takes over counts none twice. What was counted after it is left out, for both sides alike.</remarks>
public sealed partial class JudgeCheckpoints(ITrafficStore store, ILeaderLease lease, TimeProvider time, ILogger<JudgeCheckpoints> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A state has up to 9 KB as Consul takes it, and a transaction of Consul at most 512 KB.</summary>
    private const int AtOnce = 25;

    /// <summary>With more judges than this each is written less often: one that is lost judges on without its last counts, and the store has other work.</summary>
    private const int MostInATurn = 500;
    private AppName? _last;
    private readonly ConcurrentDictionary<AppName, JudgeState> _offered = new();

    /// <summary>The judge of a rollout as its state was written last; null when there is none that can be used.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Judge?> FindAsync(AppName app, string rollout, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(Keys.JudgeOf(app), cancellationToken) is not { } entry || Reading.Of<JudgeState>(entry).Find() is not { IsReadOnly: false } state || state.Rollout != rollout) return null;
        try
        {
            return Judge.Restore(state);
        }
        catch (ArgumentException broken)
        {
            LogBroken(entry.Key, broken.Message);
            return null;
        }
    }

    /// <summary>The state to write next.</summary>
    public void Offer(AppName app, JudgeState state) => _offered[app] = state;

    /// <summary>Nothing more is to be written of an application.</summary>
    public void Forget(AppName app) => _offered.TryRemove(app, out _);

    /// <summary>Writes a state now: the first of a rollout, before anything is judged.</summary>
    /// <exception cref="StoreException">The store cannot be asked, or nobody knows whether it was written.</exception>
    public async Task<bool> WriteAsync(AppName app, JudgeState state, LeaderFence fence, CancellationToken cancellationToken) =>
        await store.CommitAsync((ChangeSet.Empty with { Fence = fence }).With(new Change.Set(Keys.JudgeOf(app), DocumentJson.Write(state))), cancellationToken) is CommitResult.Committed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stoppingToken)) return;
                if (lease.Fence is { } fence) await WriteAllAsync(fence, stoppingToken);
                else _offered.Clear();
            }
            catch (StoreException away)
            {
                LogAway(away.Message);
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

    private async Task WriteAllAsync(LeaderFence fence, CancellationToken cancellationToken)
    {
        foreach (var batch in FindNext().Chunk(AtOnce))
        {
            Change[] changes = [.. batch.Select(b => new Change.Set(Keys.JudgeOf(b.Key), DocumentJson.Write(b.Value)))];
            if (await store.CommitAsync((ChangeSet.Empty with { Fence = fence }).With(changes), cancellationToken) is not CommitResult.Committed) return;
            foreach (var written in batch) _offered.TryRemove(written);
            _last = batch[^1].Key;
        }
    }

    /// <summary>Those that are written now, by their names after the one that was written last, and from the first one on.</summary>
    private IEnumerable<KeyValuePair<AppName, JudgeState>> FindNext()
    {
        var all = _offered.ToArray();
        if (all.Length <= MostInATurn) return all;
        var sorted = all.OrderBy(o => o.Key.Value, StringComparer.Ordinal).ToList();
        var after = sorted.FindIndex(o => _last is null || string.CompareOrdinal(o.Key.Value, _last.Value) > 0);
        return sorted.Skip(Math.Max(0, after)).Concat(sorted.Take(Math.Max(0, after))).Take(MostInATurn);
    }

    [LoggerMessage(EventId = 392, Level = LogLevel.Warning, Message = "What the judges know could not be written; it is tried again: {Problem}")]
    private partial void LogAway(string problem);

    [LoggerMessage(EventId = 395, Level = LogLevel.Error, Message = "{Key} is not the state of a judge: {Problem}")]
    private partial void LogBroken(string key, string problem);

    [LoggerMessage(EventId = 393, Level = LogLevel.Error, Message = "Writing what the judges know failed; it is tried again")]
    private partial void LogFailed(Exception failed);
}
