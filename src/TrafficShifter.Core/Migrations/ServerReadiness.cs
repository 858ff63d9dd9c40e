using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>Whether a colour has enough usable servers on every node that serves the application.</summary>
public static class ServerReadiness
{
    private const string Servers = "servers";
    private const string Nodes = "nodes";

    /// <param name="nodes">Every registered node. One that did not answer is unknown: its HAProxy may still be serving.</param>
    public static IReadOnlyList<Finding> Judge(IReadOnlyList<NodeStatus> nodes, Colour to, Share least)
    {
        if (nodes.Count == 0) return [new Finding(Nodes, Verdict.Unknown, "no node is registered")];
        var unknown = nodes.Where(n => n.Progress == NodeProgress.Unknown).ToList();
        var away = unknown.Count == 0 ? null : new Finding(Nodes, Verdict.Unknown,
            $"{(unknown.Count == 1 ? "node" : "nodes")} {Words.List([.. unknown.Select(n => $"{n.Node} (unknown: {n.Problem})")])}; a node that is gone for good is taken away with DELETE /api/v1/nodes/{unknown[0].Node}",
            $"{nodes.Count - unknown.Count} of {nodes.Count}", "every node");
        var serving = nodes.Where(n => n.Observation is { Served: true }).ToList();
        if (serving.Count == 0) return [away ?? new Finding(Servers, Verdict.Unknown, "no node serves the application")];
        return away is null ? [JudgeServing(serving, to, least)] : [away, JudgeServing(serving, to, least)];
    }

    private static Finding JudgeServing(List<NodeStatus> serving, Colour to, Share least)
    {
        var limit = least == Share.None ? "at least one" : $"at least {least}";
        var unread = serving.Where(n => n.Observation is { NodeFailing: true } or { Usable: null }).ToList();
        if (unread.Count > 0) return new Finding(Servers, Verdict.Unknown, $"servers of {to.Word()} could not be read on {Words.List([.. unread.Select(n => $"{n.Node} ({n.Problem ?? "no reason given"})")])}", null, limit);
        var worst = serving.MinBy(n => Part(n.Observation!.Usable!.Of(to)))!;
        var report = new NodeReport([.. serving.Select(n => new RolloutNode(n.Node, NodeObservation.Observed, TimeSpan.Zero, Servers: n.Observation!.Usable))]);
        var value = worst.Observation!.Usable!.Of(to).ToString();
        return report.FindFew(to, least) is { } few
            ? new Finding(Servers, Verdict.NotReady, few, value, limit)
            : new Finding(Servers, Verdict.Ready, $"usable servers of {to.Word()}: {Words.List([.. serving.Select(n => $"{n.Observation!.Usable!.Of(to)} on {n.Node}")])}", value, limit);
    }

    private static double Part(ServerCount count) => count.All == 0 ? -1 : count.Usable / (double)count.All;
}
