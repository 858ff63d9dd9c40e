using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Dashboard;

/// <summary>All applications at a glance, from what this process follows anyway. The store is asked only for the nodes and for the rollouts that run.</summary>
public sealed class FleetReader : IDisposable
{
    /// <summary>How old what the nodes said may be; whoever asks in between gets the same.</summary>
    private static readonly TimeSpan NodesFresh = TimeSpan.FromMilliseconds(500);

    /// <summary>How old a rollout may be in a reading of all applications. What a reader of events asks for by name is read anew.</summary>
    private static readonly TimeSpan RolloutsFresh = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for a change that a reader of events has heard of and this process has not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int ReadsAtOnce = 16;
    private readonly ITrafficStore _store;
    private readonly TrafficFollower _follower;
    private readonly Fleet _fleet;
    private readonly OutboxFollower _outbox;
    private readonly RolloutWorker? _worker;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (Rollout Rollout, ulong Index, long At)> _rollouts = new();
    private readonly SemaphoreSlim _turn = new(1);
    private TaskCompletionSource _heard = New();
    private FleetNodes _nodes = FleetNodes.None;
    private long _nodesAt;

    public FleetReader(ITrafficStore store, TrafficFollower follower, Fleet fleet, OutboxFollower outbox, IServiceProvider services, TimeProvider time)
    {
        (_store, _follower, _fleet, _outbox, _time) = (store, follower, fleet, outbox, time);
        _worker = services.GetService<RolloutWorker>();
        follower.Subscribe((_, _) => Interlocked.Exchange(ref _heard, New()).TrySetResult());
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>The nodes, as they were last known while the store is away.</summary>
    public async Task<FleetNodes> ReadNodesAsync(CancellationToken cancellationToken)
    {
        if (_nodesAt != 0 && _time.GetElapsedTime(_nodesAt) < NodesFresh) return _nodes;
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_nodesAt != 0 && _time.GetElapsedTime(_nodesAt) < NodesFresh) return _nodes;
            var registered = await _fleet.ListAsync(cancellationToken);
            var live = (await _store.ListAsync(Keys.Live, cancellationToken)).Entries
                .Select(e => (Node: e.Key[Keys.Live.Length..], Said: Reading.Of<NodeLiveness>(e).Find())).Where(n => n.Said is not null).ToDictionary(n => n.Node, n => n.Said!);
            (_nodes, _nodesAt) = (new FleetNodes(registered.Count, live), _time.GetTimestamp());
        }
        catch (StoreException)
        {
            // What was known stays; the answer's age says so.
        }
        finally
        {
            _turn.Release();
        }
        return _nodes;
    }

    /// <summary>The rows of applications that exist, by name.</summary>
    /// <param name="only">These alone; null for all.</param>
    /// <param name="index">Index of a change that the caller knows of: it is waited for, up to 2 s.</param>
    public async Task<IReadOnlyList<FleetRow>> ReadAsync(IReadOnlyCollection<AppName>? only, ulong index, CancellationToken cancellationToken)
    {
        await HearAsync(index, cancellationToken);
        var nodes = await ReadNodesAsync(cancellationToken);
        var last = await FindLastAsync(cancellationToken);
        var snapshot = _follower.Current;
        var apps = (only is null ? snapshot.Apps.Values : only.Distinct().Select(snapshot.Find)).Where(a => a.Exists).OrderBy(a => a.Name.Value, StringComparer.Ordinal).ToList();
        var rollouts = await ReadRolloutsAsync(apps, only is null ? RolloutsFresh : TimeSpan.Zero, cancellationToken);
        return [.. apps.Select(app => FleetRow.Of(app, snapshot.Fleet, rollouts.GetValueOrDefault(app.Name), last.GetValueOrDefault(app.Name), nodes, snapshot.Index))];
    }

    private async Task HearAsync(ulong index, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        while (true)
        {
            var heard = Volatile.Read(ref _heard).Task;
            if (_follower.Current.Index >= index || _follower.Problem is not null || patience.IsCancellationRequested) return;
            await heard.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>What was told of each application last, as far as it is kept.</summary>
    private async Task<IReadOnlyDictionary<AppName, TrafficEvent>> FindLastAsync(CancellationToken cancellationToken)
    {
        try
        {
            var outbox = _outbox.Known ?? await _outbox.ReadAsync(cancellationToken);
            var last = new Dictionary<AppName, TrafficEvent>();
            foreach (var told in outbox.Events.Select(p => p.Event))
                if (told.App is { } app) last[app] = told;
            return last;
        }
        catch (StoreException)
        {
            return new Dictionary<AppName, TrafficEvent>();
        }
    }

    private async Task<IReadOnlyDictionary<AppName, Rollout>> ReadRolloutsAsync(IReadOnlyList<AppTraffic> apps, TimeSpan fresh, CancellationToken cancellationToken)
    {
        var running = apps.Where(a => a.State.Value?.Rollout is not null).ToList();
        await Parallel.ForEachAsync(running, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (app, token) => await RefreshAsync(app.Name, app.State.Value!.Rollout!, fresh, token));
        if (fresh > TimeSpan.Zero) Forget([.. running.Select(a => a.State.Value!.Rollout!)]);
        return running.Where(a => _rollouts.ContainsKey(a.State.Value!.Rollout!)).ToDictionary(a => a.Name, a => Live(_rollouts[a.State.Value!.Rollout!]));
    }

    private async Task RefreshAsync(AppName app, string id, TimeSpan fresh, CancellationToken cancellationToken)
    {
        if (_rollouts.TryGetValue(id, out var kept) && _time.GetElapsedTime(kept.At) < fresh) return;
        try
        {
            if (await _store.FindAsync(Keys.Rollout(app, id), cancellationToken) is { } entry && Reading.Of<Rollout>(entry).Find() is { } rollout)
                _rollouts[id] = (rollout, entry.ModifyIndex, _time.GetTimestamp());
        }
        catch (StoreException)
        {
            // What was known of it stays; the answer's age says so.
        }
    }

    private Rollout Live((Rollout Rollout, ulong Index, long At) kept) => _worker?.FindLive(kept.Rollout.Id, kept.Index) ?? kept.Rollout;

    private void Forget(HashSet<string> running)
    {
        foreach (var id in _rollouts.Keys.Where(id => !running.Contains(id))) _rollouts.TryRemove(id, out _);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
