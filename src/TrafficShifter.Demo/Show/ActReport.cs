using System.Text.Json.Serialization;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;

namespace TrafficShifter.Demo.Show;

/// <summary>What one rollout of the demo came to.</summary>
public sealed record ActReport
{
    /// <summary>The phase in which the rollout ended: <c>Succeeded</c>, <c>RolledBack</c> or <c>Aborted</c>.</summary>
    public required string Outcome { get; init; }

    public required long Requests { get; init; }

    public required long FailedRequests { get; init; }

    /// <summary>Failures by colour; <c>none</c> is what no colour answered.</summary>
    public required IReadOnlyDictionary<string, long> FailedByColour { get; init; }

    /// <summary>From the rollout's start to its end being read.</summary>
    public required double Seconds { get; init; }

    /// <summary>From the fault being set to every node's raw socket showing all weight on the stable colour.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SecondsFromFaultToObserved { get; init; }

    /// <summary>Why it ended, in the service's words.</summary>
    public required string Reason { get; init; }

    /// <summary>The nodes' server weights at the end, from their raw sockets.</summary>
    public required IReadOnlyList<RawWeights> Weights { get; init; }

    public static IReadOnlyDictionary<string, long> Failures(LoadReport before, LoadReport after) =>
        after.ByColour.ToDictionary(c => c.Key, c => c.Value.Failures - (before.ByColour.GetValueOrDefault(c.Key)?.Failures ?? 0));
}

/// <summary>Both rollouts: the last line of <c>demo --once</c>.</summary>
public sealed record DemoReport(ActReport Healthy, ActReport Broken)
{
    /// <summary>What was promised and did not happen, one sentence each; empty when all is well.</summary>
    public IEnumerable<string> FindProblems()
    {
        if (Healthy.Outcome != "Succeeded") yield return $"the healthy rollout ended as {Healthy.Outcome}: {Healthy.Reason}";
        if (Healthy.FailedRequests > 0) yield return $"{Healthy.FailedRequests} requests failed during the healthy rollout";
        if (Healthy.Weights.FirstOrDefault(w => !w.IsAllOn(Colour.Green)) is { } notGreen) yield return $"after the promotion not all weight is on green: {notGreen}";
        if (Broken.Outcome != "RolledBack") yield return $"the broken rollout ended as {Broken.Outcome}: {Broken.Reason}";
        if (!Broken.Reason.Contains("error-ratio", StringComparison.Ordinal)) yield return $"the broken rollout was not rolled back by its check: {Broken.Reason}";
        if (Broken.FailedByColour.GetValueOrDefault("blue") == 0) yield return "no failed request was seen on the broken side";
        if (Broken.Weights.FirstOrDefault(w => !w.IsAllOn(Colour.Green)) is { } notBack) yield return $"after the rollback not all weight is back on green: {notBack}";
    }
}
