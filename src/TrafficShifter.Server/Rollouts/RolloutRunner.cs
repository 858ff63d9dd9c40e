using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Takes one rollout's turns: reads, asks, commits. What is decided is decided in Core.</summary>
/// <remarks>Between two writes the clocks live here; a crash costs a step at most <see cref="RolloutChanges.CheckpointEvery"/> of them.</remarks>
public sealed partial class RolloutRunner(
    RolloutId id, ITrafficStore store, TrafficWriter writer, Fleet fleet, MetricsWatch metrics, Identifiers identifiers, RolloutMetrics counters, TimeProvider time, ILogger logger)
{
    private readonly NodeWatch _nodes = new(time);
    private Rollout? _live;
    private Rollout? _saved;
    private ulong _index;
    private long _lastTurn;

    /// <summary>One turn under <paramref name="fence"/>.</summary>
    /// <exception cref="StoreException">The store cannot be asked; nothing was decided, or nobody knows whether it was written.</exception>
    public async Task TakeTurnAsync(TrafficSnapshot snapshot, MetricsAway? away, LeaderFence fence, CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } rollout) return;
        var app = snapshot.Find(id.App);
        // What the rollout wrote has not reached this process's own reading yet: to judge now would take it for somebody else's.
        if (snapshot.Index < rollout.WeightsIndexAt(_index) || app.State.Value is not { } state || app.Definition.Value is not { } definition) return;

        var elapsed = _lastTurn == 0 ? TimeSpan.Zero : time.GetElapsedTime(_lastTurn);
        _lastTurn = time.GetTimestamp();
        IReadOnlyList<Measurement> measured = away is null ? await metrics.MeasureAsync(rollout, definition.Routing, RolloutEngine.DueChecks(rollout, elapsed), cancellationToken) : [];
        var nodes = await fleet.ObserveAsync(id.App, app.DesiredIndex(snapshot.Fleet), TimeSpan.Zero, cancellationToken);
        var tick = new RolloutTick
        {
            Now = time.GetUtcNow(),
            Elapsed = elapsed,
            RolloutIndex = _index,
            Weights = new WeightsSeen(app.Weights.LatestIndex, app.Weights.Problem is null ? app.Weights.Value : null, app.Weights.Problem),
            State = state with { Lock = app.FindLock(snapshot.Fleet) },
            Nodes = _nodes.Report(nodes),
            Measurements = measured,
            MetricsAway = away,
        };
        var (decision, next) = RolloutEngine.Decide(rollout, tick);
        _live = next;
        if (decision is Decision.Hold)
        {
            if (RolloutChanges.IsWorthSaving(_saved!, next)) await CommitAsync(RolloutChanges.Checkpoint(next, tick), next, null, fence, cancellationToken);
            return;
        }
        await CommitAsync(RolloutChanges.Transition(next, decision, tick, app.State.LatestIndex, identifiers.Next(), state), next, decision, fence, cancellationToken);
    }

    /// <summary>The rollout as it is now: the live one, unless somebody else wrote the document since.</summary>
    private async Task<Rollout?> FindAsync(CancellationToken cancellationToken)
    {
        var entry = await store.FindAsync(Keys.Rollout(id.App, id.ToString()), cancellationToken);
        if (entry is null) return null;
        if (entry.ModifyIndex == _index && _live is not null) return _live;
        switch (Reading.Of<Rollout>(entry))
        {
            case Reading<Rollout>.Good { Value: { IsReadOnly: false } good }:
                (_saved, _live, _index) = (good, good, entry.ModifyIndex);
                return good;
            case Reading<Rollout>.Broken broken:
                LogBroken(broken.Problem);
                return null;
            default:
                LogBroken($"{entry.Key} was written by a newer version; this one leaves it alone");
                return null;
        }
    }

    private async Task CommitAsync(ChangeSet changes, Rollout next, Decision? decision, LeaderFence fence, CancellationToken cancellationToken)
    {
        switch (await writer.CommitAsync(changes with { Fence = fence }, cancellationToken))
        {
            case CommitResult.Committed committed:
                (_saved, _live, _index) = (next, next, committed.Index);
                if (decision is null) return;
                counters.Decided(id.App.Value, decision, next);
                LogDecision(id.App, id, decision.Kind, decision.Sentence, committed.Index);
                return;
            case CommitResult.Conflict conflict:
                Forget();
                LogConflict(id, decision?.Kind ?? "checkpoint", conflict.Keys);
                return;
            default:
                Forget();
                LogDeposed(id);
                return;
        }
    }

    private void Forget() => (_live, _saved, _index) = (null, null, 0);

    [LoggerMessage(EventId = 310, Level = LogLevel.Information, Message = "{App}: {Rollout}: {Kind}: {Sentence} (index {Index})")]
    private partial void LogDecision(Core.Apps.AppName app, RolloutId rollout, string kind, string sentence, ulong index);

    [LoggerMessage(EventId = 311, Level = LogLevel.Information, Message = "{Rollout}: {Kind} was dropped, {Keys} changed at the same moment; it is decided anew")]
    private partial void LogConflict(RolloutId rollout, string kind, IReadOnlyList<string> keys);

    [LoggerMessage(EventId = 312, Level = LogLevel.Warning, Message = "{Rollout}: this process does not lead any more; nothing was written")]
    private partial void LogDeposed(RolloutId rollout);

    [LoggerMessage(EventId = 313, Level = LogLevel.Error, Message = "{Problem}; the rollout stands still")]
    private partial void LogBroken(string problem);
}
