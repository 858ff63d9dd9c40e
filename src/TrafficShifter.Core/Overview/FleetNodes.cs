using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Overview;

/// <summary>What the nodes said last of all their applications.</summary>
/// <param name="Registered">How many nodes there are, those that give no sign of life included.</param>
/// <param name="Live">What each said that gives signs of life, up to a second ago, by its name.</param>
public sealed record FleetNodes(int Registered, IReadOnlyDictionary<string, NodeLiveness> Live)
{
    public static readonly FleetNodes None = new(0, new Dictionary<string, NodeLiveness>());

    private readonly Dictionary<string, HashSet<string>> _exceptions = Live.ToDictionary(n => n.Key, n => n.Value.Exceptions.ToHashSet(StringComparer.Ordinal));

    /// <summary>How many nodes have brought everything up to <paramref name="index"/> to their HAProxy, this application included. A node that is silent never counts, nor one that has more exceptions than it can name.</summary>
    public int CountObserved(AppName app, ulong index) =>
        Live.Count(n => n.Value.Problem is null && n.Value.MoreExceptions == 0 && n.Value.ObservedIndex >= index && !_exceptions[n.Key].Contains(app.Value));

    /// <summary>The nodes on which this application is not as wanted, by name.</summary>
    public IReadOnlyList<string> FindDrifting(AppName app) => [.. _exceptions.Where(n => n.Value.Contains(app.Value)).Select(n => n.Key).Order(StringComparer.Ordinal)];
}
