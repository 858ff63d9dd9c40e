namespace TrafficShifter.Core.Rollouts;

/// <summary>Since when a step's share alone has served: what was counted before has requests of another share in it.</summary>
/// <param name="Step">Index of the step, from 0.</param>
/// <param name="From">By the metric source's clock.</param>
public sealed record ServingSpan(int Step, DateTimeOffset From)
{
    /// <summary>The span after a decision; null while no share of the rollout's own is known to serve.</summary>
    /// <param name="span">The one before.</param>
    /// <param name="weights">As the decision saw them.</param>
    /// <remarks>A node that fails while the step goes on ends nothing: both sides are counted there alike.</remarks>
    public static ServingSpan? Next(ServingSpan? span, Rollout rollout, WeightsSeen weights, DateTimeOffset now)
    {
        var serves = rollout.Phase == RolloutPhase.Progressing || rollout is { Phase: RolloutPhase.Paused, PausedFrom: RolloutPhase.Progressing };
        if (!serves || rollout.WeightsIndex is null || Moves.IsForeign(rollout, weights)) return null;
        // What an exporter counted of the share before is in its next sample.
        return span?.Step == rollout.Step ? span : rollout.Observed ? new ServingSpan(rollout.Step, now + (rollout.Plan.Judge?.Queries?.ScrapeInterval ?? TimeSpan.Zero)) : null;
    }

    /// <summary>A stretch that began at <paramref name="begin"/> was served by this share alone.</summary>
    public bool Holds(DateTimeOffset begin) => begin >= From;
}
