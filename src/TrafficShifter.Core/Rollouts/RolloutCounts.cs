using TrafficShifter.Core.Analysis.Tiles;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What was counted of a rollout's two sides in one tile.</summary>
/// <param name="Problem">Why it is no evidence, as a sentence; null when it is.</param>
public sealed record RolloutCounts(DateTimeOffset End, TimeSpan Length, ColourCounts Candidate, ColourCounts Stable, string? Problem)
{
    public DateTimeOffset Begin => End - Length;

    /// <param name="nodes">Those that serve the application and whose agents answer.</param>
    public static RolloutCounts Of(Tile tile, Rollout rollout, IEnumerable<string> nodes) =>
        new(tile.End, tile.Length, tile.Of(rollout.App, rollout.To), tile.Of(rollout.App, rollout.From), tile.FindProblem(nodes) ?? (tile.Counts(rollout.App) ? null : $"the agents' counts of {rollout.App} are awaited"));
}
