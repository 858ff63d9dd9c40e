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
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StandbyPause = TimeSpan.FromSeconds(1);
    private readonly ILeaderLease? _lease = services.GetService<ILeaderLease>();
    private const int AnnouncedAtOnce = 100;

    // What this watcher saw last of each application: what a change by hand is told against. The follower may be ahead of it.
    private readonly Dictionary<AppName, Known<Weights>> _explained = [];
    private ulong _index;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await follower.FirstRead.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await ShouldActAsync(stoppingToken))
                {
                    var index = await store.WaitForChangeAsync(Keys.Weights, _index, Wait, stoppingToken);
                    if (index != _index) await LookAsync(stoppingToken);
                    _index = index;
                }
                else
                {
                    _index = 0;
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

    private async Task<bool> ShouldActAsync(CancellationToken cancellationToken) => _lease is not null
        ? _lease.Fence is not null
        : await store.FindAsync(Keys.ControllerLock, cancellationToken) is not { Session: not null };

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var listing = await store.ListAsync(Keys.Weights, cancellationToken);
        var before = follower.Current;
        var byHand = new List<(AppTraffic Known, Entry Entry)>();
        foreach (var entry in listing.Entries)
        {
            if (Keys.FindAppExactly(entry.Key, Keys.Weights) is not { } app || _explained.GetValueOrDefault(app)?.LatestIndex == entry.ModifyIndex) continue;
            var followed = before.Find(app);
            var known = followed with { Weights = _explained.GetValueOrDefault(app) ?? followed.Weights };
            if (await IsOwnAsync(followed, entry, cancellationToken)) _explained[app] = known.Weights.Next(Reading.Of<Weights>(entry));
            else byHand.Add((known, entry));
        }
        // Announced first: that the traffic follows matters more than that it is noted.
        var present = listing.Entries.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        var gone = before.Apps.Values.Where(a => a.Exists && a.Weights.LatestIndex > 0 && !present.Contains(Keys.WeightsOf(a.Name))).Select(a => Keys.WeightsOf(a.Name));
        foreach (var keys in byHand.Select(e => e.Entry.Key).Concat(gone).Chunk(AnnouncedAtOnce)) await writer.AnnounceAsync(keys, cancellationToken);
        foreach (var (known, entry) in byHand)
        {
            await NoteAsync(known, entry, cancellationToken);
            _explained[known.Name] = known.Weights.Next(Reading.Of<Weights>(entry));
        }
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
