using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>What the nodes of this process say of a colour that is to be left, or was. One answer a node, whatever the number of applications.</summary>
internal static class ColourObservation
{
    public static IReadOnlyList<ColourNodeStatus> ObserveColour(this NodeAgents agents, TrafficFollower follower, Colour colour) => [.. agents.All.Select(agent =>
    {
        // In this order: what is seen after the watermark was read is at least as new.
        var (problem, watermark) = (agent.Problem, agent.Watermark);
        var apps = follower.Current.Apps.Values.Where(a => a.Exists).Select(a => (a, agent.Find(a.Name, watermark))).ToList();
        return ColourNodeStatus.Of(agent.Node, colour, apps, watermark, problem);
    })];
}
