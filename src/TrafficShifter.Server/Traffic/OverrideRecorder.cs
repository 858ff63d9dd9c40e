using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Traffic;

/// <summary>Makes overrides that agents report the locks of their applications, with their history, once the store is back.</summary>
/// <remarks>Every api and controller does it; each write is a CAS that only one of them wins, and what is done already is not done again.</remarks>
public sealed partial class OverrideRecorder(ITrafficStore store, StoreGlance glance, TrafficFollower follower, TrafficReader reader, TrafficWriter writer, TimeProvider time, ILogger<OverrideRecorder> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    /// <summary>An agent may report before it is registered: what is wrong for so many turns is told.</summary>
    private const int TurnsUntilTold = 5;
    private const int MostTold = 1000;
    private readonly Dictionary<string, int> _wrong = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await follower.FirstRead.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (follower.Problem is null) await TakeTurnAsync(stoppingToken);
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
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        var open = (await glance.ListAsync(Keys.Overrides, cancellationToken)).Select(e => (Entry: e, Given: Reading.Of<TrafficOverride>(e).Find())).Where(o => o.Given is { Recorded: false }).ToList();
        if (open.Count == 0) return;
        var nodes = (await store.ListAsync(Keys.Nodes, cancellationToken)).Entries.Select(e => e.Key[Keys.Nodes.Length..]).ToHashSet(StringComparer.Ordinal);
        foreach (var (entry, given) in open)
        {
            if (OverrideReports.FindProblem(entry.Key, given!, nodes, time.GetUtcNow()) is { } problem) Refuse(entry.Key, problem);
            else await RecordAsync(given!, entry, cancellationToken);
        }
    }

    private void Refuse(string key, string problem)
    {
        if (_wrong.Count > MostTold) _wrong.Clear();
        var turns = _wrong[key] = _wrong.GetValueOrDefault(key) + 1;
        if (turns == TurnsUntilTold) LogRefused(key, problem);
    }

    private async Task RecordAsync(TrafficOverride given, Entry entry, CancellationToken cancellationToken)
    {
        var apps = given.App is { } one ? [one] : follower.Current.Apps.Keys.ToList();
        var (missing, read) = (0, new List<AppTraffic>(apps.Count));
        foreach (var app in apps)
        {
            var reading = await reader.ReadAsync(app, cancellationToken);
            read.Add(reading.App);
            if (TrafficChanges.Record(reading.App, reading.Fleet.Value, given) is { } changes
                && await writer.CommitAsync(changes.UnlessRolledBackSince(reading.Fleet), cancellationToken) is not CommitResult.Committed) missing++;
            else if (reading.App is { Exists: true, State.IsLost: true }) missing++;
            // A lost race says that the history tells of it.
            else if (TrafficChanges.NoteOvertaken(reading.App, reading.Fleet.Value, given) is { } overtaken) await writer.CommitAsync(overtaken, cancellationToken);
        }
        if (given.App is null && TrafficChanges.NoteAllOvertaken((await reader.ReadFleetAsync(cancellationToken)).Value, given, read) is { } lost && !await IsToldAsync(given, apps, cancellationToken)) await writer.CommitAsync(lost, cancellationToken);
        // What is missing lost a race or is gone from the store: the next turn looks again, and the agents hold on meanwhile.
        if (missing > 0) return;
        await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(entry.Key, DocumentJson.Write(given with { Recorded = true }), entry.ModifyIndex)), cancellationToken);
        LogRecorded(given.Id, given.Node!, apps.Count);
    }

    /// <summary>It was recorded as the lock of one of the applications before, as another node reported.</summary>
    private async Task<bool> IsToldAsync(TrafficOverride given, List<AppName> apps, CancellationToken cancellationToken)
    {
        foreach (var keys in apps.Select(app => TrafficChanges.EntryOf(app, given)).Chunk(ChangeSet.MaxOperations))
            if ((await store.FindAllAsync(keys, cancellationToken)).Count > 0) return true;
        return false;
    }

    [LoggerMessage(EventId = 132, Level = LogLevel.Error, Message = "A turn of recording overrides failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 130, Level = LogLevel.Warning, Message = "Override {Id} is recorded as the agent of {Node} reports: {Count} applications are locked as the agents were told while the store was away")]
    private partial void LogRecorded(string id, string node, int count);

    [LoggerMessage(EventId = 133, Level = LogLevel.Error, Message = "{Key} is not taken for an override: {Problem}. Its writer had a token of Consul that may write it")]
    private partial void LogRefused(string key, string problem);

    [LoggerMessage(EventId = 131, Level = LogLevel.Debug, Message = "Overrides cannot be looked for: {Problem}")]
    private partial void LogAway(string problem);
}
