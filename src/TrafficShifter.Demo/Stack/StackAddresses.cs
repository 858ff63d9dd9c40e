using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Demo.Stack;

/// <summary>What <c>up --json</c> prints: where everything is.</summary>
/// <param name="Token">Bearer token of an admin.</param>
/// <param name="Frontends">Where users reach the application, by node.</param>
/// <param name="RuntimeApi">Paths of the Unix sockets, by node; level admin.</param>
/// <param name="DemoApp">By colour, where <c>PUT {"errorRatio":0.3,"latency":"50ms","refuse":false}</c> makes it fail, slow down or refuse.</param>
/// <param name="Agents">The agents' own APIs, by node.</param>
/// <param name="Host">The host that the frontends know the application by; localhost and 127.0.0.1 do as well.</param>
/// <param name="Pids">Process ids, by part; <c>stack</c> holds the demo application and stops all others when it is stopped.</param>
public sealed record StackAddresses(
    Uri Api,
    string Token,
    IReadOnlyDictionary<string, Uri> Frontends,
    IReadOnlyDictionary<string, string> RuntimeApi,
    Uri Consul,
    Uri VictoriaMetrics,
    IReadOnlyDictionary<string, Uri> DemoApp,
    IReadOnlyDictionary<string, Uri> Agents,
    string Host,
    IReadOnlyDictionary<string, int> Pids)
{
    public static StackAddresses Of(LocalStack stack)
    {
        var pids = new Dictionary<string, int> { ["stack"] = Environment.ProcessId, ["consul"] = stack.Consul.Pid, ["victoriaMetrics"] = stack.VictoriaMetrics.Pid, ["server"] = stack.Api.Pid };
        for (var i = 0; i < stack.HAProxies.Count; i++)
        {
            pids[LocalStack.NodeName(i)] = stack.HAProxies[i].Pid;
            pids[$"agent-{LocalStack.NodeName(i)}"] = stack.Agents[i].Pid;
        }
        return new StackAddresses(
            stack.Api.Address,
            stack.Token,
            ByNode(stack.HAProxies, haproxy => haproxy.FrontendUrl),
            ByNode(stack.HAProxies, haproxy => haproxy.RuntimeApiSocket),
            new Uri(stack.Consul.Address.AbsoluteUri),
            stack.VictoriaMetrics.Address,
            new[] { Colour.Blue, Colour.Green }.ToDictionary(c => c.Word(), c => new Uri(stack.Upstream.Admin, $"colours/{c.Word()}")),
            ByNode(stack.Agents, agent => agent.Address),
            LocalStack.Host,
            pids);
    }

    private static Dictionary<string, TValue> ByNode<T, TValue>(IReadOnlyList<T> parts, Func<T, TValue> value) =>
        parts.Select((part, i) => (Node: LocalStack.NodeName(i), Value: value(part))).ToDictionary(p => p.Node, p => p.Value);
}
