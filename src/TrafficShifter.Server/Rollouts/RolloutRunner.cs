using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Takes one rollout's turns: reads, asks, commits. What is decided is decided in Core.</summary>
/// <remarks>Between two writes the clocks live here; a crash costs a step at most <see cref="RolloutChanges.CheckpointEveryOf"/> of them.</remarks>
public sealed partial class RolloutRunner(
    RolloutId id, ITrafficStore store, TrafficWriter writer, Fleet fleet, MetricsWatch metrics, Identifiers identifiers, RolloutMetrics counters, RolloutEvidence evidence, HookCaller hooks, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>The feed names what others write, but for those who write past it: their changes are seen this late, and no decision is ever written over them.</summary>
    private static readonly TimeSpan ReadAfter = TimeSpan.FromSeconds(15);

    private readonly NodeWatch _nodes = new(time);
    private readonly HookInFlight _hook = new(hooks);
    private volatile LiveRollout? _kept;
    private long _lastTurn;
    private long _savedAt = time.GetTimestamp();
    private long _readAt;
    private int _mustRead = 1;

    /// <param name="Now">With its clocks as they run.</param>
    /// <param name="Saved">As its document stands at <paramref name="Index"/>.</param>
    private sealed record LiveRollout(Rollout Now, Rollout Saved, ulong Index);

    /// <summary>The rollout with its clocks as they run, if its document is still the one at <paramref name="index"/>.</summary>
    public Rollout? FindLive(ulong index) => _kept is { } kept && kept.Index == index ? kept.Now : null;

    /// <summary>Somebody else may have written the document: the next turn reads it.</summary>
    public void LookAgain() => Volatile.Write(ref _mustRead, 1);

    /// <summary>One turn under <paramref name="fence"/>.</summary>
    /// <param name="saveEvery">How old its saved clocks may be.</param>
    /// <exception cref="StoreException">The store cannot be asked; nothing was decided, or nobody knows whether it was written.</exception>
    public async Task TakeTurnAsync(TrafficSnapshot snapshot, MetricsAway? away, Standstill standstill, TimeSpan saveEvery, LeaderFence fence, CancellationToken cancellationToken)
    {
        var app = snapshot.Find(id.App);
        var isKept = _kept is not null && Volatile.Read(ref _mustRead) == 0 && time.GetElapsedTime(_readAt) < ReadAfter;
        if (!isKept)
        {
            var entry = await ReadAsync(cancellationToken);
            if (entry is null)
            {
                await ReleaseAsync(app, snapshot, "its document is not there", fence, cancellationToken);
                return;
            }
            isKept = _kept is { } kept && kept.Index == entry.ModifyIndex;
            if (Read(entry) is null) return;
        }
        if (_kept is not { } found) return;
        var (rollout, saved, index) = found;
        _hook.Settle(rollout);
        if (rollout.Phase.IsEnd())
        {
            if (snapshot.Index >= index) await ReleaseAsync(app, snapshot, $"it ended as {rollout.Phase}", fence, cancellationToken);
            return;
        }
        // What the rollout wrote has not reached this process's own reading yet: to judge now would take it for somebody else's.
        if (snapshot.Index < rollout.WeightsIndexAt(index) || app.State.Value is not { } state || app.Definition.Value is not { } definition) return;

        // HAProxy has a rollback of all already. The documents are brought after it first, each with its word in the history: a second, and then the rollout ends.
        if (app.FindDesired(snapshot.Fleet) is { Source: DesiredSource.FleetRollback }) return;

        // What somebody else wrote since the last turn has its own clocks: the time until now is not this process's to count.
        var elapsed = _lastTurn == 0 || !isKept ? TimeSpan.Zero : time.GetElapsedTime(_lastTurn);
        _lastTurn = time.GetTimestamp();
        var due = RolloutEngine.DueChecks(rollout, elapsed);
        var nodes = await fleet.ObserveAsync(id.App, app.DesiredIndex(snapshot.Fleet), TimeSpan.Zero, cancellationToken);
        var report = _nodes.Report(nodes);
        var seen = await evidence.TakeAsync(rollout, app, report, NodeWatch.FindServing(nodes), due, fence, cancellationToken);
        IReadOnlyList<Measurement> measured =
            [.. seen.Measured, .. away is null ? await metrics.MeasureAsync(rollout, definition.Routing, [.. due.Where(d => d.Check.Evidence is null)], cancellationToken) : []];
        counters.Measured(id.App.Value, measured);
        var tick = new RolloutTick
        {
            Now = time.GetUtcNow(),
            Elapsed = elapsed,
            RolloutIndex = index,
            Weights = new WeightsSeen(app.Weights.LatestIndex, app.Weights.Problem is null ? app.Weights.Value : null, app.Weights.Problem),
            State = app.FindSwept(snapshot.Fleet) ?? state,
            Nodes = report,
            Measurements = measured,
            Judge = seen.Judge,
            MetricsAway = away ?? seen.Away,
            Hook = _hook.Answer,
            Standstill = standstill.Find(id.App, time.GetUtcNow()),
        };
        var (decision, next) = RolloutEngine.Decide(rollout, tick);
        evidence.Note(next, tick.Weights);
        if (decision is Decision.Hold)
        {
            _kept = found with { Now = next };
            counters.Holds(id.App.Value, (decision as Decision.Hold)!.Why);
            if (RolloutChanges.FindAlarm(saved, next) is { } alarm) LogAlarm(id.App, id, alarm.Sentence);
            var asksHook = _hook.IsAskedFor(decision, next);
            if (!asksHook && !RolloutChanges.IsWorthSaving(saved, next, time.GetElapsedTime(_savedAt), saveEvery)) return;
            var checkpoint = standstill.Guard(RolloutChanges.Checkpoint(saved, next, tick, identifiers.Next()), decision);
            // Written first, so that nobody paused, froze or took over at that moment.
            if (await TryCommitAsync(checkpoint, next, null, fence, cancellationToken) && asksHook) _hook.Begin(next);
            return;
        }
        var changes = standstill.Guard(RolloutChanges.Transition(next, decision, tick, app.State.LatestIndex, identifiers.Next()), decision).UnlessRolledBackSince(snapshot.Fleet);
        await TryCommitAsync(changes, next, decision, fence, cancellationToken);
    }

    /// <summary>Gives up what is under way.</summary>
    public void Dispose() => _hook.Dispose();

    private async Task ReleaseAsync(AppTraffic app, TrafficSnapshot snapshot, string why, LeaderFence fence, CancellationToken cancellationToken)
    {
        var note = new ChangeNote(identifiers.Next(), RolloutChanges.Controller, null, time.GetUtcNow());
        // Another rollout that took this one's place is not this one's to clear.
        if (app.State.Value?.Rollout == id.ToString() && TrafficChanges.Release(app, snapshot.Fleet, why, note) is { } changes
            && await writer.CommitAsync(changes.UnlessRolledBackSince(snapshot.Fleet) with { Fence = fence }, cancellationToken) is CommitResult.Committed)
            LogReleased(id.App, id, why);
    }

    private async Task<Entry?> ReadAsync(CancellationToken cancellationToken)
    {
        // Before it is read: what is heard meanwhile is read again.
        Volatile.Write(ref _mustRead, 0);
        try
        {
            var entry = await store.FindAsync(Keys.Rollout(id.App, id.ToString()), cancellationToken);
            _readAt = time.GetTimestamp();
            if (entry is null) _kept = null;
            return entry;
        }
        catch
        {
            Volatile.Write(ref _mustRead, 1);
            throw;
        }
    }

    /// <summary>The rollout as it is now: the live one, unless somebody else wrote the document since.</summary>
    private LiveRollout? Read(Entry entry)
    {
        if (_kept is { } kept && entry.ModifyIndex == kept.Index) return kept;
        _kept = null;
        switch (Reading.Of<Rollout>(entry))
        {
            case Reading<Rollout>.Good { Value: { IsReadOnly: false } good }:
                return _kept = new LiveRollout(good, good, entry.ModifyIndex);
            case Reading<Rollout>.Broken broken:
                LogBroken(broken.Problem);
                return null;
            default:
                LogBroken($"{entry.Key} was written by a newer version; this one leaves it alone");
                return null;
        }
    }

    private async Task<bool> TryCommitAsync(ChangeSet changes, Rollout next, Decision? decision, LeaderFence fence, CancellationToken cancellationToken)
    {
        switch (await writer.CommitAsync(changes with { Fence = fence }, cancellationToken))
        {
            case CommitResult.Committed committed:
                _kept = new LiveRollout(next, next, committed.Index);
                _savedAt = time.GetTimestamp();
                if (decision is null) return true;
                counters.Decided(id.App.Value, decision, next);
                LogDecision(id.App, id, decision.Kind, decision.Sentence, committed.Index);
                return true;
            case CommitResult.Conflict conflict:
                _kept = null;
                LogConflict(id, decision?.Kind ?? "checkpoint", conflict.Keys);
                return false;
            default:
                _kept = null;
                LogDeposed(id);
                return false;
        }
    }

    [LoggerMessage(EventId = 314, Level = LogLevel.Warning, Message = "{App}: {Rollout} is named by the application's state and is over: {Why}; the application is free for another")]
    private partial void LogReleased(Core.Apps.AppName app, RolloutId rollout, string why);

    [LoggerMessage(EventId = 310, Level = LogLevel.Information, Message = "{App}: {Rollout}: {Kind}: {Sentence} (index {Index})")]
    private partial void LogDecision(Core.Apps.AppName app, RolloutId rollout, string kind, string sentence, ulong index);

    [LoggerMessage(EventId = 315, Level = LogLevel.Error, Message = "{App}: {Rollout} needs somebody: {Sentence}")]
    private partial void LogAlarm(Core.Apps.AppName app, RolloutId rollout, string sentence);

    [LoggerMessage(EventId = 311, Level = LogLevel.Information, Message = "{Rollout}: {Kind} was dropped, {Keys} changed at the same moment; it is decided anew")]
    private partial void LogConflict(RolloutId rollout, string kind, IReadOnlyList<string> keys);

    [LoggerMessage(EventId = 312, Level = LogLevel.Warning, Message = "{Rollout}: this process does not lead any more; nothing was written")]
    private partial void LogDeposed(RolloutId rollout);

    [LoggerMessage(EventId = 313, Level = LogLevel.Error, Message = "{Problem}; the rollout stands still")]
    private partial void LogBroken(string problem);
}
