using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Promoting and rolling back: the weights are written, the nodes have to be observed on them.</summary>
internal static class Ending
{
    public static (Decision, Rollout) DecidePromotion(Rollout rollout, RolloutTick tick)
    {
        if (tick.Command is RolloutCommand.Pause pause) return Moves.Pause(rollout, pause);
        if (Moves.IsForeign(rollout, tick.Weights)) return Moves.Yield(rollout, tick.Weights);
        return tick.Nodes.Judge(rollout.Plan.NodeGrace) switch
        {
            NodeVerdict.Wait wait => Moves.Hold(rollout, HoldReason.Nodes, $"{Moves.DescribeEnd(rollout)}: {wait.Sentence}"),
            NodeVerdict.Ready ready => Moves.Finish(
                rollout, RolloutPhase.Succeeded, $"{(rollout.ReturnsTo is { } before ? $"it has what it had: {before.Describe()}" : $"all traffic is on {rollout.To.Word()}, which is stable now")}{Except(ready)}", tick.Now),
            _ => throw new ArgumentOutOfRangeException(nameof(tick)),
        };
    }

    public static (Decision, Rollout) DecideRollback(Rollout rollout, RolloutTick tick)
    {
        if (Moves.IsForeign(rollout, tick.Weights))
        {
            if (tick.Weights.Value is { } foreign && foreign.Of(rollout.To) == 0) rollout = rollout with { WeightsIndex = tick.Weights.Index };
            else return PutRight(rollout, tick.Weights);
        }
        // Not excused like a node that is away: this one serves, with the traffic that is to leave, and somebody has to act.
        if (tick.Nodes.FindDead(rollout.From) is { } dead)
            return Moves.Hold(rollout, HoldReason.Servers, $"all traffic back to {rollout.From.Word()}: {dead}; the traffic there stays where it is until one is usable");
        rollout = rollout with { Waited = rollout.Counting ? Clocks.Add(rollout.Waited, tick.Elapsed) : rollout.Waited, Counting = true };
        return tick.Nodes.JudgeEnd(rollout.Plan.NodeGrace, rollout.Waited) switch
        {
            NodeVerdict.Wait wait => Moves.Hold(rollout, HoldReason.Nodes, $"all traffic back to {rollout.From.Word()}: {wait.Sentence}"),
            NodeVerdict.Ready ready => Moves.Finish(rollout, rollout.EndsAs!.Value, $"all traffic is back on {rollout.From.Word()}{Except(ready)}", tick.Now),
            _ => throw new ArgumentOutOfRangeException(nameof(tick)),
        };
    }

    // Rollback beats both machine and human: whoever wants other weights writes them once it has ended.
    private static (Decision, Rollout) PutRight(Rollout rollout, WeightsSeen seen)
    {
        var sentence = $"{Moves.DescribeForeign(rollout, seen)} during the rollback: all traffic back to {rollout.From.Word()}";
        return (new Decision.RollBack(sentence), rollout with { WeightsIndex = null, Waited = TimeSpan.Zero, Counting = false });
    }

    private static string Except(NodeVerdict.Ready ready) => ready.Exceptions is { } exceptions ? $" ({exceptions})" : "";
}
