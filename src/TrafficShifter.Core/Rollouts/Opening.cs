using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Pending: the first step begins as soon as somebody serves and somebody measures.</summary>
internal static class Opening
{
    public static (Decision, Rollout) Decide(Rollout rollout, RolloutTick tick)
    {
        if (tick.Command is RolloutCommand.Pause pause) return Moves.Pause(rollout, pause);
        if (Moves.IsForeign(rollout, tick.Weights)) return Moves.Yield(rollout, tick.Weights);
        var asked = Hooking.Take(rollout, tick, out var heard);
        if (heard is not null && Hooking.Decide(rollout, asked, heard) is { } answered) return answered;
        rollout = asked;
        if (tick.Standstill is { } standstill) return Moves.Hold(rollout, HoldReason.Standstill, $"not started: {standstill}");
        if (tick.Nodes.Nodes.Count == 0) return Moves.Hold(rollout, HoldReason.Nodes, "not started: no node is registered");
        if (tick.Nodes.FindFew(rollout.To, rollout.Plan.MinHealthy) is { } few) return Moves.Hold(rollout, HoldReason.Servers, $"not started: {few}");
        if (tick.MetricsAway is { } away) return Moves.Hold(rollout, HoldReason.Metrics, $"not started: {away.Reason}");
        if (Hooking.Wait(rollout, HookType.PreStep, 0, "not started: it") is { } wait) return wait;
        var share = rollout.Plan.Steps[0].Share;
        return (new Decision.Start(share, $"step 1 of {rollout.Plan.Steps.Count}: {share} to {rollout.To.Word()}"), Moves.EnterStep(rollout, 0));
    }
}
