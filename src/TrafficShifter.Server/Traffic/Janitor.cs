using System.Runtime.CompilerServices;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Traffic;

/// <summary>Takes away what is past its retention, while this process leads. What it removes somebody else may be writing: then it stays.</summary>
public sealed partial class Janitor(ITrafficStore store, ILeaderLease lease, TimeProvider time, ILogger<Janitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private const int RemovalsAtOnce = 50;

    /// <summary>Of what grows with the applications, each turn looks at one part, so that all are looked at within an hour and none of the turns is long.</summary>
    private const int Parts = 6;

    private int _turn;
    private HashSet<string> _orphans = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested || lease.Fence is null) continue;
            try
            {
                await CleanAsync(stoppingToken);
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

    /// <summary>One turn of the clean-up.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RemoveOldAsync(cancellationToken);
        }
        finally
        {
            // Also after a part that failed: the others have their turns.
            _turn++;
        }
        await SweepChunksAsync(cancellationToken);
    }

    private async Task RemoveOldAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var apps = await store.ListAsync(Keys.Apps, cancellationToken);
        var overrides = await store.ListAsync(Keys.Overrides, cancellationToken);
        var judges = await store.ListAsync(Keys.Judges, cancellationToken);
        var probes = await store.ListAsync(Keys.Probes, cancellationToken);
        var migrations = await store.ListAsync(Keys.Migrations, cancellationToken);
        var releases = await store.ListAsync(Keys.Releases, cancellationToken);
        await RemoveAsync([.. Retention.FindOldJudges(judges.Entries, apps.Entries), .. Retention.FindOldReleases(releases.Entries, apps.Entries), .. Retention.FindOldProbes(probes.Entries, migrations.Entries), .. Retention.FindOldOverrides(overrides.Entries, now), .. Retention.FindOldTombstones(apps.Entries, now)], cancellationToken);
        await foreach (var history in PartOfAsync(Keys.History, (app, names) => Retention.MayHaveOldHistory(app, names, now), cancellationToken))
            await RemoveAsync(Retention.FindOldHistory(history, now), cancellationToken);
        await foreach (var rollouts in PartOfAsync(Keys.Rollouts, (_, names) => names.Count > Retention.RolloutsPerApp, cancellationToken))
            await RemoveAsync(Retention.FindOldRollouts(rollouts), cancellationToken);
    }

    /// <summary>Reads, of this turn's part of the applications below a prefix, those whose names alone say that something may be old.</summary>
    private async IAsyncEnumerable<IReadOnlyList<Entry>> PartOfAsync(string prefix, Func<AppName?, IReadOnlyList<string>, bool> isWorthReading, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var folder in (await store.ListNamesAsync(prefix, cancellationToken)).Where(name => name == Keys.HistoryOfNoApp || (name.EndsWith('/') && Keys.FindApp(name, prefix) is not null)))
        {
            if ((uint)folder.GetHashCode(StringComparison.Ordinal) % Parts != _turn % Parts) continue;
            if (isWorthReading(Keys.FindApp(folder, prefix), await store.ListNamesAsync(folder, cancellationToken)))
                yield return (await store.ListAsync(folder, cancellationToken)).Entries;
        }
    }

    private async Task RemoveAsync(IReadOnlyList<Change> old, CancellationToken cancellationToken)
    {
        foreach (var changes in old.Chunk(RemovalsAtOnce))
            if (lease.Fence is { } fence && await store.CommitAsync((ChangeSet.Empty with { Fence = fence }).With(changes), cancellationToken) is CommitResult.Committed)
                LogRemoved(changes.Length);
    }

    /// <summary>Takes away chunks that no manifest named now and the last time.</summary>
    private async Task SweepChunksAsync(CancellationToken cancellationToken)
    {
        var chunks = await store.ListAsync(Keys.TargetChunks, cancellationToken);
        var orphans = Retention.FindOrphans(chunks.Entries, (await store.ListAsync(Keys.Targets, cancellationToken)).Entries);
        foreach (var (version, changes) in orphans.Where(o => _orphans.Contains(o.Key)))
            if (lease.Fence is { } fence && await store.CommitAsync((ChangeSet.Empty with { Fence = fence }).With([.. changes]), cancellationToken) is CommitResult.Committed)
                LogSwept(version);
        _orphans = [.. orphans.Keys];
    }

    [LoggerMessage(EventId = 123, Level = LogLevel.Information, Message = "Chunks of target rules that nothing names were removed: {Version}")]
    private partial void LogSwept(string version);

    [LoggerMessage(EventId = 122, Level = LogLevel.Error, Message = "A turn of the clean-up failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 120, Level = LogLevel.Information, Message = "{Count} keys past their retention were removed")]
    private partial void LogRemoved(int count);

    [LoggerMessage(EventId = 121, Level = LogLevel.Warning, Message = "Nothing could be cleaned up: {Problem}")]
    private partial void LogAway(string problem);
}
