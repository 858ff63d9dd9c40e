using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Remembers, for one rollout, since when each node has not been observed on the wanted weights.</summary>
public sealed class NodeWatch(TimeProvider time)
{
    private readonly Dictionary<string, long> _missingSince = [];

    public NodeReport Report(IReadOnlyList<NodeStatus> nodes)
    {
        var serving = nodes.Where(n => n.Progress != NodeProgress.NotServing).ToList();
        foreach (var gone in _missingSince.Keys.Except(serving.Select(n => n.Node)).ToList()) _missingSince.Remove(gone);
        return new NodeReport([.. serving.Select(Note)]);
    }

    /// <summary>The nodes that serve the application and whose agents answer: what they count is the evidence.</summary>
    public static IReadOnlyList<string> FindServing(IReadOnlyList<NodeStatus> nodes) =>
        [.. nodes.Where(n => n.Progress is not (NodeProgress.NotServing or NodeProgress.Unknown)).Select(n => n.Node)];

    private RolloutNode Note(NodeStatus node)
    {
        if (node.Progress == NodeProgress.Observed)
        {
            _missingSince.Remove(node.Node);
            return new RolloutNode(node.Node, NodeObservation.Observed, TimeSpan.Zero, Servers: node.Observation?.Usable);
        }
        if (!_missingSince.TryGetValue(node.Node, out var since)) _missingSince[node.Node] = since = time.GetTimestamp();
        var status = node.Progress switch
        {
            NodeProgress.Lagging => NodeObservation.Behind,
            NodeProgress.Failing => NodeObservation.Failing,
            _ => NodeObservation.Unknown,
        };
        return new RolloutNode(node.Node, status, time.GetElapsedTime(since), node.Problem, node.Observation?.Usable);
    }
}
