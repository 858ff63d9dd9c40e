using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>Drives the evacuations of both colours while this process leads: reads, asks Core, writes.</summary>
public sealed partial class EvacuationWorker(
    EvacuationReader reader, ILeaderLease lease, TrafficFollower follower, TrafficWriter writer, Fleet fleet, PlanCatalog plans, StandstillReader standstills,
    Identifiers identifiers, EvacuationMetrics metrics, LeavingHooks hooks, TimeProvider time, ILogger<EvacuationWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private readonly Dictionary<Colour, long> _lastTurns = [];
    private ulong _written;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested) return;
            if (lease.Fence is not { } fence)
            {
                _lastTurns.Clear();
                hooks.GiveUp();
                continue;
            }
            try
            {
                await TakeTurnsAsync(fence, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
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
    }

    private async Task TakeTurnsAsync(LeaderFence fence, CancellationToken cancellationToken)
    {
        foreach (var reading in await reader.LookAsync(cancellationToken))
        {
            if (reading is Reading<Evacuation>.Broken broken) LogBroken(broken.Problem);
            if (reading is not Reading<Evacuation>.Good { Value: { IsReadOnly: false } evacuation, ModifyIndex: var index }) continue;
            if (!evacuation.IsOn)
            {
                metrics.Forget(evacuation.Colour);
                continue;
            }
            // What was written last has not reached this process's own reading yet: the next turn sees it.
            if (follower.Current is not { } snapshot || snapshot.Index < _written) continue;
            var tick = await GatherAsync(evacuation, index, snapshot, cancellationToken);
            metrics.Note(ColourStanding.Of(evacuation.Colour, evacuation, snapshot, tick.Sides, tick.Leavings.ToDictionary(l => l.Key, l => l.Value.Value)));
            var turn = EvacuationEngine.Decide(evacuation, tick);
            hooks.Ask(evacuation, turn.Ask, tick.Leavings, fence);
            await WriteAsync(evacuation, turn, fence, cancellationToken);
        }
    }

    private async Task<EvacuationTick> GatherAsync(Evacuation evacuation, ulong index, TrafficSnapshot snapshot, CancellationToken cancellationToken)
    {
        var elapsed = _lastTurns.TryGetValue(evacuation.Colour, out var last) ? time.GetElapsedTime(last) : TimeSpan.Zero;
        _lastTurns[evacuation.Colour] = time.GetTimestamp();
        var isRestoring = evacuation.Phase == EvacuationPhase.Restoring;
        return new EvacuationTick
        {
            Now = time.GetUtcNow(),
            Elapsed = elapsed,
            Index = index,
            Snapshot = snapshot,
            Sides = isRestoring ? new ColourSides(evacuation.Colour, []) : await fleet.ObserveColourAsync(evacuation.Colour, cancellationToken),
            Plans = isRestoring && evacuation.Restore!.Plan is null ? (await plans.ListAsync(cancellationToken)).ToDictionary(p => p.Name!) : new Dictionary<string, Plan>(),
            Standstill = isRestoring ? await standstills.ReadAsync(cancellationToken) : Standstill.None,
            Leavings = isRestoring ? new Dictionary<AppName, (AppLeaving, ulong)>() : await reader.ListLeavingsAsync(evacuation.Colour, cancellationToken),
            NewId = identifiers.Next,
        };
    }

    /// <summary>One transaction after the other. One that lost a race ends the turn: the next one sees what changed.</summary>
    private async Task WriteAsync(Evacuation evacuation, EvacuationTurn turn, LeaderFence fence, CancellationToken cancellationToken)
    {
        foreach (var changes in turn.Changes)
        {
            switch (await writer.CommitAsync(changes with { Fence = fence }, cancellationToken))
            {
                case CommitResult.Committed committed:
                    // Followers hear of these alone.
                    if (changes.Changes.Any(c => c is Change.Put && c.Key.StartsWith(Keys.States, StringComparison.Ordinal))) _written = committed.Index;
                    break;
                case CommitResult.Conflict conflict:
                    LogConflict(evacuation.Colour, conflict.Keys);
                    return;
                default:
                    LogDeposed(evacuation.Colour);
                    return;
            }
        }
        if (turn.Sentence is { } sentence) LogDecision(evacuation.Colour, sentence);
    }

    [LoggerMessage(EventId = 540, Level = LogLevel.Warning, Message = "{Colour}: {Sentence}")]
    private partial void LogDecision(Colour colour, string sentence);

    [LoggerMessage(EventId = 541, Level = LogLevel.Information, Message = "{Colour}: a step of its evacuation was dropped, {Keys} changed at the same moment; it is decided anew")]
    private partial void LogConflict(Colour colour, IReadOnlyList<string> keys);

    [LoggerMessage(EventId = 542, Level = LogLevel.Warning, Message = "{Colour}: this process does not lead any more; its evacuation goes on in another")]
    private partial void LogDeposed(Colour colour);

    [LoggerMessage(EventId = 543, Level = LogLevel.Warning, Message = "Evacuations stand still: {Problem}")]
    private partial void LogAway(string problem);

    [LoggerMessage(EventId = 544, Level = LogLevel.Error, Message = "{Problem}; the evacuation stands still")]
    private partial void LogBroken(string problem);

    [LoggerMessage(EventId = 545, Level = LogLevel.Error, Message = "A turn of the evacuations failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);
}
