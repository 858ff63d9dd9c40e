using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Analysis.Tiles;

/// <summary>What all agents counted in one stretch of time, after <see cref="Begin"/> up to and including <see cref="End"/>. Tiles never overlap, so windows are sums of them.</summary>
/// <param name="End">By the metric source's clock, a multiple of the length since 1970.</param>
public sealed record Tile(DateTimeOffset End, TimeSpan Length)
{
    public IReadOnlyDictionary<(AppName App, Colour Colour), ColourCounts> Sides { get; init; } = new Dictionary<(AppName, Colour), ColourCounts>();

    /// <summary>The sides of which both the requests and the bad ones are counted. A new series may be hidden from queries for some seconds while another is not.</summary>
    public IReadOnlySet<(AppName App, Colour Colour)> Counted { get; init; } = new HashSet<(AppName, Colour)>();

    /// <summary>By name; those of which nothing came are not in it.</summary>
    public IReadOnlyDictionary<string, NodeEvidence> Nodes { get; init; } = new Dictionary<string, NodeEvidence>();

    /// <summary>Why the metric source would not say; null when it did.</summary>
    public string? Refused { get; init; }

    public DateTimeOffset Begin => End - Length;

    public ColourCounts Of(AppName app, Colour colour) => Sides.GetValueOrDefault((app, colour), ColourCounts.None);

    /// <summary>Both colours of an application are counted, requests and bad ones.</summary>
    public bool Counts(AppName app) => Counted.Contains((app, Colour.Blue)) && Counted.Contains((app, Colour.Green));

    /// <summary>This tile with a mark on each node of which the tile before it lacks the end: its counts are of a longer time, perhaps of another share.</summary>
    public Tile After(Tile? before) => before is null || before.Refused is not null ? this : this with
    {
        Nodes = Nodes.ToDictionary(n => n.Key, n => n.Value with { Resumes = before.Nodes.GetValueOrDefault(n.Key) is not { } then || then.SeenUntil < before.End }),
    };

    /// <summary>Everything that these nodes counted up to the tile's end has arrived.</summary>
    public bool IsComplete(IEnumerable<string> nodes) => nodes.All(n => Nodes.TryGetValue(n, out var node) && node.SeenUntil >= End);

    /// <summary>Why the counts are not all that these nodes served, as a sentence; null when they are.</summary>
    /// <remarks>A tile with a problem is no evidence: what is missing may be what failed.</remarks>
    public string? FindProblem(IEnumerable<string> nodes)
    {
        if (Refused is not null) return $"the query for what the agents count was refused: {Refused}";
        foreach (var name in nodes)
        {
            if (!Nodes.TryGetValue(name, out var node) || node.SeenUntil < End) return $"nothing was heard of what node {name} counted";
            if (node.Resumes) return $"node {name} was not heard of for a while, and what it counted meanwhile came at once";
            if (!node.Receiving) return $"the agent of node {name} does not receive HAProxy's access log";
            if (node.Lost > 0) return $"{Words.Count(node.Lost, "log record")} of node {name} {(node.Lost == 1 ? "was" : "were")} lost";
        }
        return null;
    }
}

/// <summary>How much of a node's access log reached the metric source in a tile.</summary>
/// <param name="Receiving">Its agent received the log all the time.</param>
/// <param name="Lost">Records that HAProxy wrote and the agent never counted.</param>
/// <param name="SeenUntil">When the node's latest sample was taken.</param>
/// <param name="Resumes">Nothing was heard of it at the end of the tile before.</param>
public sealed record NodeEvidence(bool Receiving, long Lost, DateTimeOffset SeenUntil, bool Resumes = false);
