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
    private readonly Dictionary<AppName, ulong> _explained = [];
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
        var announced = new List<string>();
        foreach (var entry in listing.Entries)
        {
            if (Keys.FindApp(entry.Key, Keys.Weights) is not { } app || _explained.GetValueOrDefault(app) == entry.ModifyIndex) continue;
            if (!await IsOwnAsync(app, entry, cancellationToken)) announced.AddRange(await NoteAsync(before.Find(app), entry, cancellationToken));
            _explained[app] = entry.ModifyIndex;
        }
        var present = listing.Entries.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        announced.AddRange(before.Apps.Values.Where(a => a.Exists && a.Weights.LatestIndex > 0 && !present.Contains(Keys.WeightsOf(a.Name))).Select(a => Keys.WeightsOf(a.Name)));
        foreach (var keys in announced.Chunk(100)) await writer.AnnounceAsync(keys, cancellationToken);
    }

    /// <summary>The service's own writes name a history entry of the same transaction.</summary>
    private async Task<bool> IsOwnAsync(AppName app, Entry entry, CancellationToken cancellationToken) =>
        Reading.Of<Weights>(entry).Find()?.Change is { } change
        && await store.FindAsync(Keys.HistoryEntry(app, change), cancellationToken) is { } noted
        && noted.ModifyIndex == entry.ModifyIndex;

    private async Task<IEnumerable<string>> NoteAsync(AppTraffic known, Entry entry, CancellationToken cancellationToken)
    {
        var after = new TrafficSnapshot(TrafficSnapshot.Empty.Apps.Add(known.Name, known), Known<FleetRollback>.Nothing, 0).With([(entry.Key, entry)], entry.ModifyIndex).Find(known.Name);
        if (known.Exists && await store.CommitAsync(TrafficChanges.NoteHandEdit(known, after, time.GetUtcNow()), cancellationToken) is CommitResult.Committed)
            LogNoticed(known.Name, after.Weights.Problem ?? after.Weights.Value?.Describe() ?? "nothing", entry.ModifyIndex);
        return [entry.Key];
    }

    [LoggerMessage(EventId = 110, Level = LogLevel.Warning, Message = "{App}: the weights were changed by hand in the store: {What} (index {Index})")]
    private partial void LogNoticed(AppName app, string what, ulong index);

    [LoggerMessage(EventId = 111, Level = LogLevel.Debug, Message = "Changes by hand cannot be looked for: {Problem}")]
    private partial void LogAway(string problem);
}
