using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Every registered node, and whether it was observed on the wanted weights.</summary>
public sealed record NodeReport(IReadOnlyList<RolloutNode> Nodes)
{
    public static readonly NodeReport None = new([]);

    /// <summary>The fewest observed nodes that a rollout goes on with: 95 % of them, where one may always be missing, but never none.</summary>
    public int Needed => Math.Max(1, Math.Min((int)Math.Ceiling(Nodes.Count * 0.95m), Nodes.Count - 1));

    /// <summary>Whether a step may count its time on these nodes.</summary>
    public NodeVerdict Judge(TimeSpan grace)
    {
        if (Nodes.Count == 0) return new NodeVerdict.Wait("no node is registered");
        var missing = Nodes.Where(n => n.Status != NodeObservation.Observed).ToList();
        if (missing.Count == 0) return new NodeVerdict.Ready(null);
        var patient = missing.Where(n => n.For < grace).ToList();
        if (patient.Count > 0) return new NodeVerdict.Wait($"waiting for {Name(patient)}");
        var observed = Nodes.Count - missing.Count;
        return observed >= Needed
            ? new NodeVerdict.Ready($"without {Name(missing)}")
            : new NodeVerdict.Wait(string.Create(CultureInfo.InvariantCulture, $"waiting for {Name(missing)}: {observed} of {Nodes.Count} nodes observed, at least {Needed} needed"));
    }

    /// <summary>Why a colour must not get more traffic, as a sentence: too few of its servers are usable; null when enough are, or nobody knows.</summary>
    public string? FindFew(Colour colour, Share least)
    {
        var few = Nodes.Where(n => n.Servers?.Of(colour).IsAtLeast(least) == false).ToList();
        return few.Count == 0 ? null : $"{Servers(few, colour)}, at least {(least == Share.None ? "one" : least.ToString())} needed";
    }

    /// <summary>The nodes that cannot give all traffic to a colour because none of its servers there is usable, as a sentence; null when there are none.</summary>
    public string? FindDead(Colour colour)
    {
        var dead = Nodes.Where(n => n.Status != NodeObservation.Observed && n.Servers?.Of(colour).Usable == 0).ToList();
        return dead.Count == 0 ? null : Servers(dead, colour);
    }

    /// <summary>No node has a usable server of a colour, as far as they know theirs, and one at least does.</summary>
    public bool HasNoUsable(Colour colour) => Nodes.Any(n => n.Servers is not null) && Nodes.All(n => n.Servers is null || n.Servers.Of(colour).Usable == 0);

    private static string Servers(IReadOnlyCollection<RolloutNode> nodes, Colour colour) =>
        $"usable servers of {colour.Word()}: {Words.List([.. nodes.Select(n => $"{n.Servers!.Of(colour)} on {n.Name}")])}";

    /// <summary>Whether a rollback or promotion is done: here nodes that stay away are named, not waited for.</summary>
    /// <param name="waited">How long the rollout has waited for nodes.</param>
    public NodeVerdict JudgeEnd(TimeSpan grace, TimeSpan waited)
    {
        if (Nodes.Count == 0) return waited >= grace ? new NodeVerdict.Ready("no node is registered") : new NodeVerdict.Wait("no node is registered");
        var missing = Nodes.Where(n => n.Status != NodeObservation.Observed).ToList();
        if (missing.Count == 0) return new NodeVerdict.Ready(null);
        return missing.All(n => n.For >= grace) || waited >= grace
            ? new NodeVerdict.Ready($"not observed on {Name(missing)}")
            : new NodeVerdict.Wait($"waiting for {Name(missing)}");
    }

    private static string Name(List<RolloutNode> nodes) =>
        $"{(nodes.Count == 1 ? "node" : "nodes")} {Words.List([.. nodes.Select(n => n.Describe())])}";
}

/// <param name="For">How long the node has not been observed on what it should have; zero when it is.</param>
/// <param name="Problem">The node's own words; null when it has none.</param>
/// <param name="Servers">The servers that it has, when they were read last; null when nobody knows.</param>
public sealed record RolloutNode(string Name, NodeObservation Status, TimeSpan For, string? Problem = null, UsableServers? Servers = null)
{
    public string Describe() => $"{Name} ({Status switch
    {
        NodeObservation.Behind => "not there yet",
        NodeObservation.Failing => "failing",
        NodeObservation.Unknown => "unknown",
        _ => "observed",
    }} for {Duration.Format(TimeSpan.FromSeconds(Math.Floor(For.TotalSeconds)))}{(Problem is null ? "" : $": {Problem}")})";
}

public enum NodeObservation
{
    /// <summary>Read back from its HAProxy on the wanted weights.</summary>
    Observed,

    /// <summary>Live, but not yet on them.</summary>
    Behind,

    /// <summary>Live, and says why it cannot be.</summary>
    Failing,

    /// <summary>Registered, not live: its HAProxy may still be serving.</summary>
    Unknown,
}

/// <summary>What the nodes mean for the rollout.</summary>
public abstract record NodeVerdict
{
    private NodeVerdict() { }

    /// <param name="Exceptions">Nodes that are gone on without, in words; null when there are none.</param>
    public sealed record Ready(string? Exceptions) : NodeVerdict;

    public sealed record Wait(string Sentence) : NodeVerdict;
}
