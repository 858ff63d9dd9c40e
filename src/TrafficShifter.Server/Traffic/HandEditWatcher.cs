using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Traffic;

/// <summary>Notices weights that somebody changed in the store itself, which no feed entry tells of: notes them in the history and announces them.</summary>
/// <remarks>The leader does it; while there is none, any replica. Two doing it at once is harmless: the history entry's key is the edit's index.</remarks>
public sealed partial class HandEditWatcher(
    ITrafficStore store, IServiceProvider services, TrafficFollower follower, TrafficWriter writer, TimeProvider time, ILogger<HandEditWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    /// <summary>What the feed tells of is heard of in this time; what is not was written by somebody else.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan StandbyPause = TimeSpan.FromSeconds(1);

    /// <summary>The service's own change is the newest: what was written by hand a moment before it would not be seen, so all keys are looked at this long after.</summary>
    private static readonly TimeSpan LookDelay = TimeSpan.FromMilliseconds(300);

    /// <summary>Between two parts of such a look, so that nobody's change waits for it.</summary>
    private static readonly TimeSpan BetweenSlices = TimeSpan.FromMilliseconds(5);

    private readonly ILeaderLease? _lease = services.GetService<ILeaderLease>();
    private readonly ConcurrentDictionary<ulong, AppName> _told = new();
    private const int AnnouncedAtOnce = 100;
    private const int AskedAtOnce = 8;
    private const int SliceSize = 500;

    // What this watcher saw last of each application: what a change by hand is told against. The follower may be ahead of it.
    private readonly ConcurrentDictionary<AppName, Known<Weights>> _explained = new();
    private ulong _index;
    private long? _unlooked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await follower.FirstRead.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        follower.Subscribe(Hear);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await ShouldActAsync(stoppingToken)) await TakeTurnAsync(stoppingToken);
                else
                {
                    (_index, _unlooked) = (0, null);
                    _told.Clear();
                    await Task.Delay(StandbyPause, time, stoppingToken);
                }
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed) when (failed is not StoreException)
            {
                LogFailed(failed);
                await Task.Delay(StandbyPause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (StoreException away)
            {
                LogAway(away.Message);
                await Task.Delay(StandbyPause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Looks at all keys when something changed that the feed did not tell of, and a little after changes that it did tell of.</summary>
    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        var left = _unlooked is { } since ? LookDelay - time.GetElapsedTime(since) : Wait;
        var index = await store.WaitForChangeAsync(Keys.Weights, _index, left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), cancellationToken);
        if (index != _index)
        {
            var first = _index == 0;
            if (!first) await Task.Delay(Settling, time, cancellationToken);
            if (first || !await IsToldAsync(index, cancellationToken)) await LookAsync(TimeSpan.Zero, cancellationToken);
            else _unlooked ??= time.GetTimestamp();
        }
        if (_unlooked is { } told && time.GetElapsedTime(told) >= LookDelay) await LookAsync(BetweenSlices, cancellationToken);
        _index = index;
        foreach (var old in _told.Keys.Where(i => i <= index)) _told.TryRemove(old, out _);
    }

    private void Hear(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        if (changed.Count > AnnouncedAtOnce) return;
        foreach (var app in changed) _told[snapshot.Find(app).Weights.LatestIndex] = app;
    }

    /// <summary>The newest change of all is the service's own. What else changed before it is not known.</summary>
    private async Task<bool> IsToldAsync(ulong index, CancellationToken cancellationToken)
    {
        if (!_told.TryGetValue(index, out var app) || follower.Current.Find(app).Weights is not { Problem: null, Value.Change: { } change } weights || weights.LatestIndex != index) return false;
        if ((await store.FindAsync(Keys.HistoryEntry(app, change), cancellationToken))?.ModifyIndex != index) return false;
        _explained[app] = weights;
        return true;
    }

    private async Task<bool> ShouldActAsync(CancellationToken cancellationToken) => _lease is not null
        ? _lease.Fence is not null
        : await store.FindAsync(Keys.ControllerLock, cancellationToken) is not { Session: not null };

    private async Task LookAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        var present = new HashSet<string>(StringComparer.Ordinal);
        // What is known to have changed is not waited for: all at once is soonest.
        foreach (var slice in NameSlices.Of(follower.Current.Apps.Keys, pause > TimeSpan.Zero ? SliceSize : int.MaxValue))
        {
            var entries = await ReadAsync(slice, cancellationToken);
            present.UnionWith(entries.Select(e => e.Key));
            await LookAsync(entries, cancellationToken);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, time, cancellationToken);
        }
        var gone = follower.Current.Apps.Values.Where(a => a.Exists && a.Weights.LatestIndex > 0 && !present.Contains(Keys.WeightsOf(a.Name))).Select(a => Keys.WeightsOf(a.Name));
        await AnnounceAsync(gone, cancellationToken);
        // Only now: a look that failed is made again.
        _unlooked = null;
    }

    private async Task<IReadOnlyList<Entry>> ReadAsync(NameSlice slice, CancellationToken cancellationToken) => slice.IsName
        ? await store.FindAsync(Keys.Weights + slice.Prefix, cancellationToken) is { } entry ? [entry] : []
        : (await store.ListAsync(Keys.Weights + slice.Prefix, cancellationToken)).Entries;

    /// <summary>What nobody has heard of comes first, and is announced before it is noted: that the traffic follows matters more.</summary>
    private async Task LookAsync(IReadOnlyList<Entry> entries, CancellationToken cancellationToken)
    {
        var before = follower.Current;
        var fresh = entries.Select(e => (App: Keys.FindAppExactly(e.Key, Keys.Weights), Entry: e))
            .Where(e => e.App is not null && _explained.GetValueOrDefault(e.App)?.LatestIndex != e.Entry.ModifyIndex)
            .ToLookup(e => before.Find(e.App!).Weights.LatestIndex != e.Entry.ModifyIndex, e => (before.Find(e.App!), e.Entry));
        var unheard = await FindByHandAsync(fresh[true], cancellationToken);
        await AnnounceAsync(unheard.Select(e => e.Entry.Key), cancellationToken);
        // This process may have read it with everything else; nobody told the others.
        var heard = await FindByHandAsync(fresh[false], cancellationToken);
        await AnnounceAsync(heard.Select(e => e.Entry.Key), cancellationToken);
        foreach (var (known, entry) in unheard.Concat(heard))
        {
            await NoteAsync(known, entry, cancellationToken);
            _explained[known.Name] = known.Weights.Next(Reading.Of<Weights>(entry));
        }
    }

    private async Task AnnounceAsync(IEnumerable<string> written, CancellationToken cancellationToken)
    {
        foreach (var keys in written.Chunk(AnnouncedAtOnce)) await writer.AnnounceAsync(keys, cancellationToken);
    }

    private async Task<IReadOnlyList<(AppTraffic Known, Entry Entry)>> FindByHandAsync(IEnumerable<(AppTraffic Followed, Entry Entry)> fresh, CancellationToken cancellationToken)
    {
        var byHand = new List<(AppTraffic Known, Entry Entry)>();
        foreach (var some in fresh.Chunk(AskedAtOnce))
        {
            var own = await Task.WhenAll(some.Select(e => IsOwnAsync(e.Followed, e.Entry, cancellationToken)));
            foreach (var ((followed, entry), isOwn) in some.Zip(own))
            {
                var known = followed with { Weights = _explained.GetValueOrDefault(followed.Name) ?? followed.Weights };
                if (isOwn) _explained[followed.Name] = known.Weights.Next(Reading.Of<Weights>(entry));
                else byHand.Add((known, entry));
            }
        }
        return byHand;
    }

    /// <summary>The service's own writes name a history entry of the same transaction. One that is past its retention is told by what the feed said.</summary>
    private async Task<bool> IsOwnAsync(AppTraffic known, Entry entry, CancellationToken cancellationToken)
    {
        if (Reading.Of<Weights>(entry).Find()?.Change is not { } change) return false;
        var noted = await store.FindAsync(Keys.HistoryEntry(known.Name, change), cancellationToken);
        return noted is null ? known.Weights.LatestIndex == entry.ModifyIndex : noted.ModifyIndex == entry.ModifyIndex;
    }

    private async Task NoteAsync(AppTraffic known, Entry entry, CancellationToken cancellationToken)
    {
        if (!known.Exists) return;
        var after = known with { Weights = known.Weights.Next(Reading.Of<Weights>(entry)) };
        try
        {
            if (await writer.CommitAsync(TrafficChanges.NoteHandEdit(known, after, time.GetUtcNow()), cancellationToken) is CommitResult.Committed)
                LogNoticed(known.Name, after.Weights.Problem ?? after.Weights.Value?.Describe() ?? "nothing", entry.ModifyIndex);
        }
        catch (StoreRefusedException refused)
        {
            // A value near the store's limit has no room for its history entry; it is followed all the same.
            LogUnnoted(known.Name, refused.Message);
        }
    }

    [LoggerMessage(EventId = 112, Level = LogLevel.Warning, Message = "{App}: a change by hand could not be noted in the history: {Problem}")]
    private partial void LogUnnoted(AppName app, string problem);

    [LoggerMessage(EventId = 113, Level = LogLevel.Error, Message = "A look for changes by hand failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 110, Level = LogLevel.Warning, Message = "{App}: the weights were changed by hand in the store: {What} (index {Index})")]
    private partial void LogNoticed(AppName app, string what, ulong index);

    [LoggerMessage(EventId = 111, Level = LogLevel.Debug, Message = "Changes by hand cannot be looked for: {Problem}")]
    private partial void LogAway(string problem);
}
