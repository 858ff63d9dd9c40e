using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Overview;

/// <summary>What the nodes said last of all their applications.</summary>
/// <param name="Registered">How many nodes there are, those that give no sign of life included.</param>
/// <param name="Live">What each said that gives signs of life, up to a second ago, by its name.</param>
public sealed record FleetNodes(int Registered, IReadOnlyDictionary<string, NodeLiveness> Live)
{
    public static readonly FleetNodes None = new(0, new Dictionary<string, NodeLiveness>());

    /// <summary>How far the nodes are that have no problem and can name all their exceptions, least first.</summary>
    private readonly ulong[] _watermarks = [.. Live.Values.Where(Counts).Select(n => n.ObservedIndex).Order()];

    /// <summary>The nodes that name an application as one that is not as wanted there, by its name. Of thousands of applications few are in it.</summary>
    private readonly ILookup<string, string> _exceptions = Live.SelectMany(n => n.Value.Exceptions.Distinct(StringComparer.Ordinal).Select(app => (App: app, Node: n.Key))).ToLookup(e => e.App, e => e.Node, StringComparer.Ordinal);

    /// <summary>How many nodes have brought everything up to <paramref name="index"/> to their HAProxy, this application included. A node that is silent never counts, nor one that has more exceptions than it can name.</summary>
    public int CountObserved(AppName app, ulong index) => CountFrom(index) - _exceptions[app.Value].Count(node => Live[node] is var said && Counts(said) && said.ObservedIndex >= index);

    /// <summary>The nodes on which this application is not as wanted, by name.</summary>
    public IReadOnlyList<string> FindDrifting(AppName app) => [.. _exceptions[app.Value].Order(StringComparer.Ordinal)];

    private static bool Counts(NodeLiveness node) => node is { Problem: null, MoreExceptions: 0 };

    /// <summary>Nodes that count and are at least this far.</summary>
    private int CountFrom(ulong index)
    {
        var (low, high) = (0, _watermarks.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_watermarks[middle] < index) low = middle + 1;
            else high = middle;
        }
        return _watermarks.Length - low;
    }
}
