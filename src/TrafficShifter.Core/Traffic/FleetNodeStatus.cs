namespace TrafficShifter.Core.Traffic;

/// <summary>How far one node is with a rollback of all applications.</summary>
public sealed record FleetNodeStatus
{
    public required string Node { get; init; }

    /// <summary>Observed: each application that the node serves was read back as wanted.</summary>
    public required NodeProgress Progress { get; init; }

    /// <summary>How many applications the node serves that were read back as wanted.</summary>
    public int Observed { get; init; }

    /// <summary>How many applications the node serves that were not.</summary>
    public int NotObserved { get; init; }

    /// <summary>Those that were not, up to <see cref="NodeLiveness.MaxExceptions"/> of them.</summary>
    public IReadOnlyList<string> Exceptions { get; init; } = [];

    /// <summary>Everything up to this index has been brought to the node's HAProxy, but for its exceptions; null when the agent did not answer.</summary>
    public ulong? Watermark { get; init; }

    /// <summary>Why the node is not observed, as a sentence.</summary>
    public string? Problem { get; init; }

    /// <summary>What all its applications together left behind; null when the agent did not answer.</summary>
    public FleetLeft? Left { get; init; }

    /// <param name="apps">What was seen of each application.</param>
    /// <param name="watermark">Everything up to this index has been brought to the node's HAProxy, but for what the observations say.</param>
    /// <param name="problem">Why the node's HAProxy cannot be driven; null when it can.</param>
    public static FleetNodeStatus Of(string node, IReadOnlyCollection<AppObservation> apps, ulong watermark, ulong index, string? problem)
    {
        var served = apps.Where(a => a.Served).ToList();
        var missing = served.Where(a => !a.InSync).ToList();
        return new FleetNodeStatus
        {
            Node = node,
            Progress = problem is not null ? NodeProgress.Failing
                : watermark < index ? NodeProgress.Lagging
                : served.Count == 0 ? NodeProgress.NotServing
                : missing.Count == 0 ? NodeProgress.Observed : NodeProgress.Failing,
            Observed = served.Count - missing.Count,
            NotObserved = missing.Count,
            Exceptions = [.. missing.Select(a => a.App.Value).Order(StringComparer.Ordinal).Take(NodeLiveness.MaxExceptions)],
            Watermark = watermark,
            Problem = problem ?? missing.Select(a => a.Problem).FirstOrDefault(p => p is not null),
            Left = FleetLeft.Of([.. served.Where(a => a.InSync)]),
        };
    }

    public static FleetNodeStatus Unknown(string node, string problem) => new() { Node = node, Progress = NodeProgress.Unknown, Problem = problem };

    /// <summary>True when every node is observed that serves an application, and there is one. A node that does not answer is never counted as done.</summary>
    public static bool AreObserved(IReadOnlyList<FleetNodeStatus> nodes) =>
        nodes.Any(n => n.Progress == NodeProgress.Observed) && nodes.All(n => n.Progress is NodeProgress.Observed or NodeProgress.NotServing);
}
