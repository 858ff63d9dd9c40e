using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a person, or a replica in the controllers' place, tells a rollout in whichever phase it is.</summary>
internal static class Steering
{
    /// <summary>Null when there is no command, or the phase decides on it.</summary>
    public static (Decision, Rollout)? Find(Rollout rollout, RolloutTick tick) => tick.Command switch
    {
        RolloutCommand.Abort abort when rollout.Phase != RolloutPhase.RollingBack => Moves.Abort(rollout, abort),
        RolloutCommand.Promote or RolloutCommand.Resume when tick.Standstill is { } standstill => Moves.Hold(rollout, HoldReason.Nothing, standstill),
        RolloutCommand.Promote promote => Gates.FindPassing(rollout, promote) ?? Promote(rollout, tick, promote),
        RolloutCommand.Approve approve => Gates.Approve(rollout, approve, tick.Now),
        RolloutCommand.Reject reject => Gates.Reject(rollout, reject),
        RolloutCommand.LoseControllers lost => LoseControllers(rollout, tick, lost),
        _ => null,
    };

    /// <remarks>
    /// Only a share of the rollout's own that serves and that nobody measures is taken back: what a person wrote stays, and a promotion, which had its
    /// evidence, waits for the next leader.
    /// </remarks>
    private static (Decision, Rollout) LoseControllers(Rollout rollout, RolloutTick tick, RolloutCommand.LoseControllers command)
    {
        var policy = rollout.Plan.ControllerLoss;
        var serves = rollout.Phase == RolloutPhase.Progressing || rollout is { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Progressing };
        if (policy.Do != LossAction.Failsafe || command.For < policy.After || !serves || Moves.IsForeign(rollout, tick.Weights))
            return Moves.Hold(rollout, HoldReason.Nothing, "no controller leads; the weights stay");
        var (decision, next) = Moves.RollBack(rollout, $"no controller has led for {Duration.Format(TimeSpan.FromSeconds(Math.Floor(command.For.TotalSeconds)))} (failsafe after {Duration.Format(policy.After)}), so nobody asks the checks");
        return (decision with { By = command.By }, next);
    }

    /// <remarks>The person has the last word over the steps that are left, over their checks, and over weights that somebody else wrote.</remarks>
    private static (Decision, Rollout) Promote(Rollout rollout, RolloutTick tick, RolloutCommand.Promote command)
    {
        if (rollout.Phase is RolloutPhase.Promoting or RolloutPhase.RollingBack || rollout is { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Promoting })
            return Moves.Hold(rollout, HoldReason.Nothing, rollout.Phase == RolloutPhase.RollingBack ? "it is rolling back" : "it is being promoted already");
        var there = !Moves.IsForeign(rollout, tick.Weights) && rollout.Phase != RolloutPhase.Pending && rollout.PausedFrom != RolloutPhase.Pending
            && rollout.ReturnsTo is null && RolloutEngine.WantedShare(rollout) == Share.All;
        var skipped = rollout.Plan.Steps.Count - rollout.Step - (rollout.Phase == RolloutPhase.Pending || rollout.PausedFrom == RolloutPhase.Pending ? 0 : 1);
        var sentence = $"{Moves.DescribeEnd(rollout)}: promoted by {command.By}{Moves.Because(command)}{(skipped > 0 ? $", without {Analysis.Words.Count(skipped, "step")}" : "")}";
        return (new Decision.Promote(sentence) { By = command.By }, Moves.Promote(rollout, write: !there));
    }
}
