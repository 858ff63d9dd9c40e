using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>How far the nodes of this process are with all applications. One answer a node, whatever the number of applications.</summary>
internal static class FleetObservation
{
    /// <summary>Each node has up to <paramref name="wait"/> until each application that it serves is observed at <paramref name="index"/>, and what is cut has ended.</summary>
    public static async Task<IReadOnlyList<FleetNodeStatus>> ObserveAllAsync(
        this NodeAgents agents, TrafficFollower follower, ulong index, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken) =>
        await Task.WhenAll(agents.All.Select(agent => ObserveAllAsync(agent, follower, index, wait, time, cancellationToken)));

    private static async Task<FleetNodeStatus> ObserveAllAsync(NodeAgent agent, TrafficFollower follower, ulong index, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            // In this order: what is seen after the watermark was read is at least as new.
            var (problem, watermark) = (agent.Problem, agent.Watermark);
            var left = wait - time.GetElapsedTime(began);
            // While a pass is under way one application is waited for: all of many thousands are not looked at to say that it is not over.
            if ((problem is not null || watermark < index) && left > TimeSpan.Zero && follower.Current.Apps.Values.FirstOrDefault(a => a.Exists) is { } any)
            {
                await agent.ObserveAsync(any.Name, index, left, cancellationToken, passOver: true);
                continue;
            }
            var seen = follower.Current.Apps.Values.Where(a => a.Exists).ToArray().AsParallel().Select(a => agent.Find(a.Name, index)).ToArray();
            var awaited = Array.Find(seen, a => a.Served && (!a.InSync || a.Left?.IsEnding == true));
            if (awaited is null || left <= TimeSpan.Zero) return FleetNodeStatus.Of(agent.Node, seen, watermark, index, problem);
            await agent.ObserveAsync(awaited.App, index, left, cancellationToken, passOver: true);
        }
    }
}
