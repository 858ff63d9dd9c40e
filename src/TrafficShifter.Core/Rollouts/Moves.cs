using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>The ways from one phase to another. Each sets all that belongs to the new phase.</summary>
internal static class Moves
{
    /// <summary>The state at the beginning of a step: its weights are to be written, nothing is known yet.</summary>
    public static Rollout EnterStep(Rollout rollout, int step) => rollout with
    {
        Phase = RolloutPhase.Progressing,
        Step = step,
        StepElapsed = TimeSpan.Zero,
        Settling = TimeSpan.Zero,
        Serving = TimeSpan.Zero,
        Observed = false,
        Counting = false,
        Gate = null,
        PausedFrom = null,
        PausedReason = null,
        WeightsIndex = null,
        Checks = [.. rollout.Checks.Select(c => c.Forget())],
        Hooks = Hooking.EnterStep(rollout, step),
    };

    /// <summary>All traffic to the new colour. Weights that are there already are not written again.</summary>
    public static Rollout Promote(Rollout rollout, bool write) => rollout with
    {
        Phase = RolloutPhase.Promoting,
        Counting = false,
        PausedFrom = null,
        PausedReason = null,
        WeightsIndex = write ? null : rollout.WeightsIndex,
    };

    public static (Decision, Rollout) Pause(Rollout rollout, string reason, string? by = null) =>
        (new Decision.Pause(reason) { By = by }, rollout with
        {
            Phase = RolloutPhase.Paused,
            PausedFrom = rollout.Phase == RolloutPhase.Paused ? rollout.PausedFrom : rollout.Phase,
            PausedReason = reason,
            Counting = false,
        });

    public static (Decision, Rollout) Pause(Rollout rollout, RolloutCommand.Pause command) =>
        Pause(rollout, $"paused by {command.By}{Because(command)}", command.By);

    /// <summary>Yields to weights that somebody else wrote.</summary>
    public static (Decision, Rollout) Yield(Rollout rollout, WeightsSeen seen) => Pause(rollout, DescribeForeign(rollout, seen));

    public static (Decision, Rollout) RollBack(Rollout rollout, string why)
    {
        var sentence = $"{why}: all traffic back to {rollout.From.Word()}";
        return (new Decision.RollBack(sentence), BackToStable(rollout, RolloutPhase.RolledBack, sentence));
    }

    public static (Decision, Rollout) Abort(Rollout rollout, RolloutCommand.Abort command)
    {
        var sentence = $"aborted by {command.By}{Because(command)}: all traffic back to {rollout.From.Word()}";
        return (new Decision.Abort(sentence) { By = command.By }, BackToStable(rollout, RolloutPhase.Aborted, sentence));
    }

    public static (Decision, Rollout) Reject(Rollout rollout, RolloutCommand.Reject command)
    {
        var sentence = $"rejected by {command.By}{Because(command)} at {rollout.Plan.Steps[rollout.Step].Share}: all traffic back to {rollout.From.Word()}";
        return (new Decision.Reject(sentence) { By = command.By }, BackToStable(rollout, RolloutPhase.Aborted, sentence));
    }

    public static (Decision, Rollout) Finish(Rollout rollout, RolloutPhase outcome, string sentence, DateTimeOffset now) =>
        (new Decision.Finish(outcome, sentence), rollout with
        {
            Phase = outcome,
            // What began the rollback is the reason; that it was then observed is not.
            Outcome = rollout.Outcome is { } known && rollout.EndsAs == outcome ? known : sentence,
            PausedFrom = null,
            PausedReason = null,
            EndsAs = null,
            Counting = false,
            EndedAt = now,
        });

    public static (Decision, Rollout) Hold(Rollout rollout, HoldReason why, string sentence) =>
        (new Decision.Hold(why, sentence), rollout);

    public static bool IsForeign(Rollout rollout, WeightsSeen seen) => seen.Index != rollout.WeightsIndex;

    /// <summary>Who changed the weights, from what to what.</summary>
    public static string DescribeForeign(Rollout rollout, WeightsSeen seen)
    {
        var by = seen.Value is { By: { } name } ? $"by {name}" : "by hand";
        var to = seen.Problem ?? seen.Value?.Describe() ?? "nothing: the key is gone";
        return rollout.Phase == RolloutPhase.Pending
            ? $"weights changed {by} before the first step, to {to}"
            : $"weights changed {by} from {RolloutChanges.WantedWeights(rollout).Describe()} to {to}";
    }

    /// <summary>What a rollout ends with: <c>100% to green</c>.</summary>
    public static string DescribeEnd(Rollout rollout) => rollout.ReturnsTo is { } before ? $"back to {before.Describe()}" : $"100% to {rollout.To.Word()}";

    public static string Because(RolloutCommand command) => string.IsNullOrWhiteSpace(command.Reason) ? "" : $" ({command.Reason})";

    private static Rollout BackToStable(Rollout rollout, RolloutPhase endsAs, string outcome) => rollout with
    {
        Phase = RolloutPhase.RollingBack,
        EndsAs = endsAs,
        Outcome = outcome,
        PausedFrom = null,
        PausedReason = null,
        Counting = false,
        Waited = TimeSpan.Zero,
        WeightsIndex = null,
    };
}
