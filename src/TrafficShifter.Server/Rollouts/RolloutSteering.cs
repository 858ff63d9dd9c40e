using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What came of telling a rollout something.</summary>
/// <param name="Index">ModifyIndex of the write; null when nothing was written.</param>
/// <param name="Refusal">Why it does nothing; null when it did something, or lost a race.</param>
public sealed record Steered(ulong? Index, string? Refusal);

/// <summary>Tells rollouts something on behalf of the service itself, by the same rules as for people.</summary>
public sealed class RolloutSteering(RolloutReader rollouts, TrafficReader reader, StandstillReader standstills, TrafficWriter writer, TimeProvider time)
{
    /// <param name="changeId">ULID of the history entry.</param>
    /// <param name="join">Adds to the transaction what belongs together with it.</param>
    /// <exception cref="StoreException">The store cannot be asked, or nobody knows whether it was written.</exception>
    public async Task<Steered> TellAsync(RolloutId id, RolloutCommand command, string changeId, Func<ChangeSet, ChangeSet> join, CancellationToken cancellationToken)
    {
        var found = await rollouts.FindAsync(id.ToString(), cancellationToken);
        if (found is not { Rollout: { IsReadOnly: false } rollout }) return new Steered(null, $"rollout {id} cannot be read");
        if (rollout.Phase.IsEnd()) return new Steered(null, $"rollout {id} has ended: {rollout.Outcome}");
        var reading = await reader.ReadAsync(id.App, cancellationToken);
        if (reading.App.State.Value is not { IsReadOnly: false }) return new Steered(null, $"the state of {id.App} cannot be written");
        var standstill = command is RolloutCommand.Resume ? await standstills.ReadAsync(cancellationToken) : Standstill.None;
        var now = time.GetUtcNow();
        var tick = RolloutTick.ForCommand(reading.App, reading.Lock, found.Index, command, now) with { Standstill = standstill.Find(id.App, now) };
        var (decision, next) = RolloutEngine.Decide(rollout, tick);
        if (decision is Decision.Hold || decision.By != command.By) return new Steered(null, decision.Sentence);
        var changes = standstill.Guard(RolloutChanges.Transition(next, decision, tick, reading.App.State.LatestIndex, changeId), decision).UnlessRolledBackSince(reading.Fleet);
        return new Steered(await writer.CommitAsync(join(changes), cancellationToken) is CommitResult.Committed committed ? committed.Index : null, null);
    }
}
