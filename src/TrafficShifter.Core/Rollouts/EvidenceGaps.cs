using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>The nodes that keep a rollout by the agents' evidence waiting, as sentences.</summary>
public static class EvidenceGaps
{
    /// <param name="nodes">What they say of the application; one that does not answer says what is wrong there itself.</param>
    /// <param name="live">What each agent said last of its node, by the node's name.</param>
    public static IEnumerable<string> Find(Rollout rollout, IEnumerable<NodeStatus> nodes, IReadOnlyDictionary<string, NodeLiveness> live)
    {
        if (!Needs(rollout.Plan)) return [];
        return from node in nodes
               where node.Observation is { Served: true } && live.ContainsKey(node.Node)
               let problem = Describe(live[node.Node].Evidence)
               where problem is not null
               select $"{node.Node} gives no evidence, so rollout {rollout.Id} waits: {problem}";
    }

    /// <summary>The plan is judged, or checked, by what agents count.</summary>
    public static bool Needs(Plan plan) => plan is { IsJudged: true, Judge.Queries: null } || plan.Checks.Any(c => c.Evidence is not null);

    private static string? Describe(EvidenceStatus? evidence) => evidence is null ? "its agent takes no access log (Agent:Nodes:…:AccessLog)" : evidence.Problem;
}
