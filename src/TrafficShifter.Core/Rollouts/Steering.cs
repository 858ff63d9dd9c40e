using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a person tells a rollout in whichever phase it is.</summary>
internal static class Steering
{
    /// <summary>Null when there is no command, or the phase decides on it.</summary>
    public static (Decision, Rollout)? Find(Rollout rollout, RolloutTick tick) => tick.Command switch
    {
        RolloutCommand.Abort abort when rollout.Phase != RolloutPhase.RollingBack => Moves.Abort(rollout, abort),
        RolloutCommand.Promote or RolloutCommand.Resume when tick.Standstill is { } standstill => Moves.Hold(rollout, HoldReason.Nothing, standstill),
        RolloutCommand.Promote promote => Promote(rollout, tick, promote),
        RolloutCommand.Approve approve => Gates.Approve(rollout, approve, tick.Now),
        RolloutCommand.Reject reject => Gates.Reject(rollout, reject),
        _ => null,
    };

    /// <remarks>The person has the last word over the steps that are left, over their checks, and over weights that somebody else wrote.</remarks>
    private static (Decision, Rollout) Promote(Rollout rollout, RolloutTick tick, RolloutCommand.Promote command)
    {
        if (rollout.Phase is RolloutPhase.Promoting or RolloutPhase.RollingBack || rollout is { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Promoting })
            return Moves.Hold(rollout, HoldReason.Nothing, rollout.Phase == RolloutPhase.RollingBack ? "it is rolling back" : "it is being promoted already");
        var there = !Moves.IsForeign(rollout, tick.Weights) && rollout.Phase != RolloutPhase.Pending && rollout.PausedFrom != RolloutPhase.Pending
            && RolloutEngine.WantedShare(rollout) == Share.All;
        var skipped = rollout.Plan.Steps.Count - rollout.Step - (rollout.Phase == RolloutPhase.Pending || rollout.PausedFrom == RolloutPhase.Pending ? 0 : 1);
        var sentence = $"100% to {rollout.To.Word()}: promoted by {command.By}{Moves.Because(command)}{(skipped > 0 ? $", without {Analysis.Words.Count(skipped, "step")}" : "")}";
        return (new Decision.Promote(sentence) { By = command.By }, Moves.Promote(rollout, write: !there));
    }
}
