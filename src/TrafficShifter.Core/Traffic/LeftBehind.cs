using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>What all nodes together still have on the side that a rollback left.</summary>
public static class LeftBehind
{
    /// <summary>In one sentence: that nobody is left, or which nodes have what.</summary>
    public static string Describe(IReadOnlyList<NodeStatus> nodes)
    {
        var serving = nodes.Where(n => n.Progress != NodeProgress.NotServing).ToList();
        if (serving.Count == 0) return "no node serves the application";
        var behind = serving.Where(n => !IsAtZero(n)).ToList();
        if (behind.Count > 0) return string.Join(". ", behind.Select(n => $"{n.Node}: {Describe(n)}"));
        var cut = serving.Sum(n => n.Observation!.Left!.Severed ?? 0);
        var requests = serving.Sum(n => n.Observation!.Left!.Requests);
        return $"{serving[0].Observation!.Left!.Colour.Word()} is at 0 on {(serving.Count == 1 ? serving[0].Node : $"all {serving.Count} nodes")}{(serving.All(n => n.Observation!.Left!.IsQuiet) ? "" : " so far")}: no session is left"
            + (requests == 0 ? ", and no request came since the rollback" : $"; {Analysis.Words.Count(requests, "request")} came since the rollback, and no more")
            + (cut == 0 ? "" : $"; {Analysis.Words.Count(cut, "session")} {(cut == 1 ? "was" : "were")} cut");
    }

    /// <summary>What one node saw, and what brings users back there; null when no lock is in effect there.</summary>
    public static string? Describe(AppObservation seen) => seen.Left is not { } left ? null : FindKeeping(seen) is not { } kept ? left.Sentence
        : $"{left.Sentence}; its backend has {kept} in haproxy.cfg: users that it keeps stay on {left.Colour.Word()} at weight 0";

    /// <summary>What keeps users on the side that was left; null when nothing does.</summary>
    public static Persistence? FindKeeping(AppObservation seen) => seen.Left is { InMaintenance: false } ? seen.Persistence : null;

    /// <summary>Nodes where requests still come to the side that was left, one sentence each.</summary>
    public static IEnumerable<string> FindProblems(IReadOnlyList<NodeStatus> nodes) => nodes
        .Where(n => n.Observation?.Left is { Since: not null, Requests: > 0, QuietSince: null, SharedWith.Count: 0 })
        .Select(n => $"{n.Node}: {n.Observation!.Left!.Sentence}; something still sends users there, HAProxy's own persistence or a rule of haproxy.cfg");

    /// <summary>The same of all applications together.</summary>
    public static string Describe(IReadOnlyList<FleetNodeStatus> nodes)
    {
        var serving = nodes.Where(n => n.Progress != NodeProgress.NotServing).ToList();
        if (serving.Count == 0) return "no node serves an application";
        var behind = serving.Where(n => n is not { Progress: NodeProgress.Observed, Left.IsAtZero: true }).ToList();
        if (behind.Count > 0) return string.Join(". ", behind.Select(n => $"{n.Node}: {Describe(n)}"));
        var (requests, cut) = (serving.Sum(n => n.Left!.Requests), serving.Sum(n => n.Left!.Severed));
        return $"the sides that were left are at 0 on {(serving.Count == 1 ? serving[0].Node : $"all {serving.Count} nodes")}{(serving.All(n => n.Left!.Quiet) ? "" : " so far")}: "
            + $"no session of {Analysis.Words.Count(serving.Max(n => n.Left!.Applications), "application")} is left"
            + (requests == 0 ? ", and no request came since the rollback" : $"; {Analysis.Words.Count(requests, "request")} came since the rollback, and no more")
            + (cut == 0 ? "" : $"; {Analysis.Words.Count(cut, "session")} {(cut == 1 ? "was" : "were")} cut");
    }

    /// <summary>Nobody is there, as far as was seen, and nothing brings users back.</summary>
    internal static bool IsAtZero(AppObservation seen) => seen.Left is { IsAtZero: true, NotSevered: null } && FindKeeping(seen) is null;

    private static bool IsAtZero(NodeStatus node) => node is { Progress: NodeProgress.Observed, Observation: { } seen } && IsAtZero(seen);

    private static string Describe(FleetNodeStatus node)
    {
        if (node is not { Progress: NodeProgress.Observed or NodeProgress.Failing, Left: { Applications: > 0 } left })
            return "what is left there is not known, because the rollback is not observed there";
        var unknown = node.NotObserved == 0 ? null
            : $"what {Analysis.Words.Count(node.NotObserved, "application")} left ({Analysis.Words.List(node.Exceptions)}) is not known, because the rollback is not observed there";
        return string.Join("; ", new[] { unknown, left.IsAtZero ? null : left.Describe() }.OfType<string>());
    }

    private static string Describe(NodeStatus node) => node is { Progress: NodeProgress.Observed, Observation: { Left: not null } seen }
        ? Describe(seen)!
        : "what is left there is not known, because the rollback is not observed there";
}
