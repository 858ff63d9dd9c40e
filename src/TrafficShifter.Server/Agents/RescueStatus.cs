using System.Text.Json.Serialization;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>What an override came to on one node.</summary>
/// <param name="Reached">The node's agent has it on its disk and acts on it, also after a restart.</param>
/// <param name="Observed">Applications that were read back from the node's HAProxy as the override wants them.</param>
/// <param name="NotObserved">Applications that it is about and that were not, up to 100.</param>
/// <param name="Problem">Why the node was not reached, or why not all is observed.</param>
/// <param name="Left">What is still on the side that was left, as a sentence; of an override of one application.</param>
public sealed record RescueStatus(string Node, bool Reached, int Observed, IReadOnlyList<string> NotObserved, string? Problem = null, string? Left = null)
{
    [JsonIgnore]
    public bool IsDone => Reached && NotObserved.Count == 0 && Problem is null;

    /// <param name="isApplied">A pass with the override has ended: what was seen before it says nothing.</param>
    public static RescueStatus Of(NodeAgent agent, TrafficOverride given, TrafficSnapshot snapshot, bool isApplied)
    {
        var apps = snapshot.Apps.Values.Where(a => a.Exists && (given.App is null || given.App == a.Name)).Select(a => agent.Find(a.Name, 0)).Where(o => o.Served).ToList();
        var missing = apps.Where(o => !isApplied || !o.InSync || o.Wanted != given.ShareFor(snapshot.Find(o.App).State.Value!)).ToList();
        var unknown = given.App is { } app && !snapshot.Find(app).Exists ? $"the application \"{app}\" is not known to this node"
            : given.IsOvertakenBy(snapshot.Fleet.Value) ? "a rollback of all that was given later is in the store, and holds" : null;
        return new RescueStatus(agent.Node, true, apps.Count - missing.Count, [.. missing.Select(o => o.App.Value).Take(NodeLiveness.MaxExceptions)],
            unknown ?? agent.Problem ?? (isApplied ? null : "HAProxy was not read back in time; the agent goes on") ?? missing.Select(o => o.Problem).FirstOrDefault(p => p is not null), given.App is { } only ? LeftBehind.Describe(agent.Find(only, 0)) : null);
    }

    public static RescueStatus Unreached(string node, string problem) => new(node, false, 0, [], problem);
}
