using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Probes both colours of every application that a migration holds, for as long as it holds it, while this process leads.</summary>
public sealed partial class ProbeWorker(
    ITrafficStore store, ILeaderLease lease, TrafficFollower follower, TrafficWriter writer, Prober prober, TimeProvider time, ILogger<ProbeWorker> logger) : BackgroundService
{
    private const string Holder = "migration/";

    /// <summary>Applications whose probes are under way at a time; more wait.</summary>
    private const int AtOnce = 250;

    /// <summary>Documents to a transaction: the writer adds to them.</summary>
    private const int SavesAtOnce = 50;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MigrationsFresh = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<AppName, ProbeWatch> _watched = new();
    private readonly Dictionary<string, KnownMigration> _migrations = [];
    private readonly DrivenMigrations _driven = new();
    private readonly FeedBell _bell = new(Keys.Migrations, follower, time);
    private long _readAt;
    private long _lastTurn;

    /// <param name="Before">What was counted by whoever led before, with the index of its document.</param>
    private sealed record KnownMigration(Migration Migration, IReadOnlyDictionary<AppName, Reading<ProbeTally>> Before);

    /// <summary>What is counted of each application: by the process that leads, until its migration holds none any more.</summary>
    public IEnumerable<ProbeTally> Tallies => _watched.Values.Select(w => w.Tally).OfType<ProbeTally>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        LeaderFence? known = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (lease.Fence != known) Forget();
            known = lease.Fence;
            if (known is null || stoppingToken.IsCancellationRequested) continue;
            try
            {
                await TakeTurnAsync(stoppingToken);
                await SaveAsync(w => w.IsWorthSaving, known);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
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
        if (known is not null) await SaveRestAsync(known);
    }

    private void Forget()
    {
        _watched.Clear();
        _migrations.Clear();
        (_readAt, _lastTurn) = (0, 0);
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        await ReadMigrationsAsync(cancellationToken);
        var (elapsed, now) = (_lastTurn == 0 ? TimeSpan.Zero : time.GetElapsedTime(_lastTurn), time.GetUtcNow());
        _lastTurn = time.GetTimestamp();
        if (_migrations.Count == 0 && _watched.IsEmpty) return;
        var (asking, held) = (_watched.Values.Count(w => w.IsAsking), new HashSet<AppName>());
        foreach (var app in follower.Current.Apps.Values)
        {
            if (app is not { Exists: true, Definition.Value: { } definition, State.Value.Campaign: { } holder } || FindMigration(holder) is not { } campaign) continue;
            if (Preflight.Of(definition.Preflight, campaign.Migration.Definition.Preflight).Probe is not { } probe) continue;
            held.Add(app.Name);
            if (!_watched.TryGetValue(app.Name, out var watch) || watch.HasEnded || watch.Migration != campaign.Migration.Name) _watched[app.Name] = watch = Begin(app.Name, campaign, probe);
            watch.TakeTurn(definition, probe, prober, asking < AtOnce, elapsed, now, cancellationToken);
            if (watch.IsAsking) asking++;
        }
        foreach (var watch in _watched.Values.Where(w => !held.Contains(w.App))) watch.End(now);
        foreach (var ended in _watched.Values.GroupBy(w => w.Migration).Where(g => g.All(w => w.HasEnded && !w.IsUnsaved)).SelectMany(g => g)) _watched.TryRemove(ended.App, out _);
    }

    private KnownMigration? FindMigration(string holder) => holder.StartsWith(Holder, StringComparison.Ordinal) ? _migrations.GetValueOrDefault(holder[Holder.Length..]) : null;

    /// <summary>Goes on with what was counted before in the same run of the migration. The first probes are spread over the interval, so that thousands are not made at once.</summary>
    private static ProbeWatch Begin(AppName app, KnownMigration campaign, ReadinessProbe probe)
    {
        var before = campaign.Before.GetValueOrDefault(app);
        var tally = before?.Find() is { EndedAt: null } open && open.BeganAt >= campaign.Migration.StartedAt ? open : null;
        return new ProbeWatch(campaign.Migration.Name, app, tally, before?.ModifyIndex ?? 0, probe.Interval * Random.Shared.NextDouble());
    }

    private async Task ReadMigrationsAsync(CancellationToken cancellationToken)
    {
        // While none is driven, one begins when somebody says so.
        var isFresh = _readAt != 0 && time.GetElapsedTime(_readAt) < MigrationsFresh;
        if (isFresh || (!_bell.TryTake() && _readAt != 0 && _migrations.Count == 0)) return;
        _readAt = 0;
        var read = _driven.Read((await store.ListAsync(Keys.Migrations, cancellationToken)).Entries).ToDictionary(m => m.Name);
        foreach (var gone in _migrations.Keys.Where(name => !read.ContainsKey(name)).ToList()) _migrations.Remove(gone);
        foreach (var (name, migration) in read)
            _migrations[name] = new KnownMigration(migration, _migrations.GetValueOrDefault(name) is { } known && known.Migration.StartedAt == migration.StartedAt ? known.Before : await ReadTalliesAsync(name, cancellationToken));
        _readAt = time.GetTimestamp();
    }

    private async Task<IReadOnlyDictionary<AppName, Reading<ProbeTally>>> ReadTalliesAsync(string migration, CancellationToken cancellationToken) =>
        (await store.ListAsync(Keys.ProbesOf(migration), cancellationToken)).Entries
            .Where(e => Keys.FindAppExactly(e.Key, Keys.ProbesOf(migration)) is not null)
            .ToDictionary(e => Keys.FindAppExactly(e.Key, Keys.ProbesOf(migration))!, Reading.Of<ProbeTally>);

    private async Task SaveAsync(Func<ProbeWatch, bool> which, LeaderFence fence)
    {
        foreach (var chunk in _watched.Values.Where(which).Chunk(SavesAtOnce))
        {
            var puts = chunk.Select(w => (Change)new Change.Put(Keys.Probe(w.Migration, w.App), DocumentJson.Write(w.Tally!), w.Index)).ToArray();
            switch (await writer.CommitAsync((ChangeSet.Empty with { Fence = fence }).With(puts), CancellationToken.None))
            {
                case CommitResult.Committed committed:
                    foreach (var watch in chunk) watch.Saved(committed.Index);
                    break;
                case CommitResult.Conflict:
                    foreach (var watch in chunk) watch.Moved((await store.FindAsync(Keys.Probe(watch.Migration, watch.App), CancellationToken.None))?.ModifyIndex ?? 0);
                    break;
            }
        }
    }

    /// <summary>What was counted since the last write: the next leader goes on with it.</summary>
    private async Task SaveRestAsync(LeaderFence fence)
    {
        try
        {
            await SaveAsync(w => w.IsUnsaved, fence);
        }
        catch (StoreException away)
        {
            LogAway(away.Message);
        }
    }

    [LoggerMessage(EventId = 365, Level = LogLevel.Warning, Message = "Probes of applications in migrations wait: {Problem}")]
    private partial void LogAway(string problem);

    [LoggerMessage(EventId = 366, Level = LogLevel.Error, Message = "A turn of probing failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);
}
