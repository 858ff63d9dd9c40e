using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a rollout does next: a pure function of where it is and what was seen.</summary>
/// <remarks>
/// The machine yields, the human wins, rollback beats both: a lock ends the rollout, an abort leads to stable from everywhere, weights that
/// somebody else wrote pause it untouched, and a rollback that is under way puts foreign weights right.
/// </remarks>
public static class RolloutEngine
{
    /// <summary>Decides one tick. The caller commits <c>Next</c> (with <see cref="RolloutChanges"/>) or, on a conflict, drops it.</summary>
    /// <remarks>
    /// 1. What ended stays. 2. A lock ends it, and so does a state that names another rollout. 3. A person, where the phase does not matter. 4. The phase decides.
    /// <c>Next.WeightsIndex</c> is null exactly when the decision writes the weights of <see cref="WantedShare"/>.
    /// </remarks>
    public static (Decision Decision, Rollout Next) Decide(Rollout current, RolloutTick tick)
    {
        // 1
        if (current.Phase.IsEnd()) return (new Decision.Hold(HoldReason.Nothing, $"the rollout has ended: {current.Outcome}"), current);
        var rollout = current with { WeightsIndex = current.WeightsIndexAt(tick.RolloutIndex), Judge = tick.Judge ?? current.Judge };
        var (decision, next) = Choose(rollout, tick);
        return (decision, RolloutLog.Keep(next, decision, tick.Now));
    }

    /// <summary>The share that the colour being moved to should have now. While paused, what `resume` would apply.</summary>
    public static Share WantedShare(Rollout rollout) => rollout.Phase switch
    {
        RolloutPhase.Progressing => rollout.Plan.Steps[rollout.Step].Share,
        RolloutPhase.Promoting or RolloutPhase.Succeeded => EndShare(rollout),
        RolloutPhase.Paused => rollout.PausedFrom switch
        {
            RolloutPhase.Progressing => rollout.Plan.Steps[rollout.Step].Share,
            RolloutPhase.Promoting => EndShare(rollout),
            _ => Share.None,
        },
        _ => Share.None,
    };

    /// <summary>The share that the colour being moved to has in the end: all of it, unless the rollout brings back what was there before.</summary>
    public static Share EndShare(Rollout rollout) => rollout.ReturnsTo?.ShareOf(rollout.To) ?? Share.All;

    /// <summary>Whether the weights that it wants now are those of its end.</summary>
    internal static bool IsAtEnd(Rollout rollout) => rollout.Phase is RolloutPhase.Promoting or RolloutPhase.Succeeded || rollout is { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Promoting };

    /// <summary>The checks to ask before the next <see cref="Decide"/>, each with the window to ask for.</summary>
    /// <param name="elapsed">Time since the last tick, as the next tick will carry it.</param>
    /// <remarks>None before the step has settled for its interval and 1 s; a window never reaches back before the settled time.</remarks>
    public static IReadOnlyList<DueCheck> DueChecks(Rollout rollout, TimeSpan elapsed) => Evidence.FindDue(rollout, elapsed);

    /// <summary>The attempt at a hook that is to be made, or under way, after the decision; null when none is. Only a hold for a hook begins one.</summary>
    public static HookCall? FindCall(Rollout rollout) => Hooking.FindCall(rollout);

    /// <summary>Why no rollout of the application may begin now, as a sentence; null when one may.</summary>
    public static string? FindObstacle(AppState state) => state switch
    {
        { Evacuated: { } evacuated } => evacuated.Describe(),
        { Lock: { } held } => $"all traffic is locked to {held.To.Word()} by {held.By} ({held.Reason}): unlock it first",
        { Rollout: { } running } => $"rollout {running} is running: wait for it or abort it",
        _ => null,
    };

    /// <summary>The first document of a rollout; nothing is moved yet.</summary>
    /// <param name="weightsIndex">ModifyIndex of the application's weights as they were when the person asked; 0 when there are none.</param>
    public static Rollout Create(RolloutId id, Plan plan, AppState state, ulong weightsIndex, string by, string? reason, DateTimeOffset now) => new()
    {
        Id = id,
        App = id.App,
        From = state.Stable,
        To = state.Stable.Other(),
        Plan = plan,
        Phase = RolloutPhase.Pending,
        WeightsIndex = weightsIndex,
        Checks = [.. plan.Checks.Select(c => new CheckState { Name = c.Name })],
        StartedBy = by,
        Reason = reason,
        StartedAt = now,
    };

    private static (Decision, Rollout) Choose(Rollout rollout, RolloutTick tick)
    {
        // 2
        if (tick.State.Lock is { } held)
            return Moves.Finish(rollout, RolloutPhase.RolledBack, $"all traffic was locked to {held.To.Word()} by {held.By}: {held.Reason}", tick.Now);
        if (tick.State.Rollout != rollout.Id.ToString())
            return Moves.Finish(rollout, RolloutPhase.Aborted, $"the application's state names {tick.State.Rollout ?? "no rollout"}, no longer this one; the weights stay", tick.Now);
        // 3
        if (Steering.Find(rollout, tick) is { } steered) return steered;
        // 4
        return rollout.Phase switch
        {
            RolloutPhase.Pending => Opening.Decide(rollout, tick),
            RolloutPhase.Progressing => Progress.Decide(rollout, tick),
            RolloutPhase.Paused => Pausing.Decide(rollout, tick),
            RolloutPhase.Promoting => Ending.DecidePromotion(rollout, tick),
            RolloutPhase.RollingBack => Ending.DecideRollback(rollout, tick),
            _ => throw new ArgumentOutOfRangeException(nameof(rollout), rollout.Phase, "an ended rollout has no next turn"),
        };
    }
}
