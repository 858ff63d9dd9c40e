using TrafficShifter.Faults.RuntimeApi;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Network;

/// <summary>Partitions, refusals, forgotten connections, slow and lossy ways.</summary>
internal static class NetworkFaults
{
    private static readonly string[] ConsulsCallers = ["api1", "api2", "agent1", "agent2"];

    public static IReadOnlyList<IFault> All { get; } =
    [
        new LinkFault("agent-cut-off-from-consul", links => links.Become("agent1", "consul", new Weather.Silent()), links => links.Become("agent1", "consul", Weather.Fair)),
        new LinkFault("agent-refused-by-consul", links => links.Become("agent1", "consul", new Weather.Refusing()), links => links.Become("agent1", "consul", Weather.Fair)),
        new LinkFault("agent-forgotten-by-consul", links => links.Become("agent1", "consul", new Weather.Forgotten()), links => links.Become("agent1", "consul", Weather.Fair)),
        new LinkFault("controller-cut-off-from-consul", CutLeaderOffAsync, MendServers) { Duration = TimeSpan.FromSeconds(12) },
        new LinkFault("agent-cut-off-from-everybody", CutAgentOff, MendAgent) { WithoutAgent = [0] },
        new LinkFault("haproxy-cut-off-from-its-agent", CutHAProxyOff, MendHAProxy) { WithoutAgent = [0] },
        new LinkFault("consul-slow-and-lossy", links => ToConsul(links, new Weather.Passing(TimeSpan.FromMilliseconds(300), 0.05)), links => ToConsul(links, Weather.Fair)),
        new LinkFault("metrics-cut-off", links => ToMetrics(links, new Weather.Silent()), links => ToMetrics(links, Weather.Fair)),
        new LinkFault("access-log-lost", links => links.Become("haproxy1", "agent1", new Weather.Silent()), links => links.Become("haproxy1", "agent1", Weather.Fair)),
    ];

    private static void ToConsul(Links links, Weather weather)
    {
        foreach (var caller in ConsulsCallers) links.Become(caller, "consul", weather);
    }

    private static void ToMetrics(Links links, Weather weather)
    {
        foreach (var caller in new[] { "api1", "api2" }) links.Become(caller, "victoria-metrics", weather);
    }

    private static async Task CutLeaderOffAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        var leader = await LeadingServer.FindAsync(stack, cancellationToken) ?? 0;
        stack.Links.Become(FaultStack.Numbered("api", leader), "consul", new Weather.Silent());
    }

    private static void MendServers(Links links)
    {
        foreach (var server in new[] { "api1", "api2" }) links.Become(server, "consul", Weather.Fair);
    }

    private static void CutAgentOff(Links links)
    {
        links.Become("agent1", "consul", new Weather.Silent());
        links.Become("api", "agent1", new Weather.Silent());
    }

    private static void MendAgent(Links links)
    {
        links.Become("agent1", "consul", Weather.Fair);
        links.Become("api", "agent1", Weather.Fair);
    }

    private static void CutHAProxyOff(Links links)
    {
        links.RelayOf<RuntimeApiRelay>("agent1", "haproxy1").Become(Manners.Hangs);
        links.Become("haproxy1", "agent1", new Weather.Silent());
    }

    private static void MendHAProxy(Links links)
    {
        links.RelayOf<RuntimeApiRelay>("agent1", "haproxy1").Become(Manners.Right);
        links.Become("haproxy1", "agent1", Weather.Fair);
    }
}
