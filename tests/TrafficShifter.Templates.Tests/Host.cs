using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.Templates.Tests;

/// <summary>A real HAProxy without an agent, and the script of its host.</summary>
internal sealed class Host : IAsyncDisposable
{
    private static readonly RuntimeApiOptions Patient = new() { ConnectTimeout = TimeSpan.FromSeconds(30), ReplyTimeout = TimeSpan.FromSeconds(30) };

    private Host(HAProxyProcess haproxy)
    {
        HAProxy = haproxy;
        Script.Variables["HAPROXY_SOCKET"] = haproxy.RuntimeApiSocket;
        Script.Variables["HAPROXY_MAPS"] = haproxy.MapsFolder;
    }

    public HAProxyProcess HAProxy { get; }

    public Script Script { get; } = new();

    public RuntimeMaps Maps => new(Client, HAProxy.MapsFolder);

    private RuntimeApiClient Client => new(RuntimeApiAddress.Parse(HAProxy.RuntimeApiSocket), Patient);

    /// <summary>Backends with one server of each colour that is never checked, all traffic on blue.</summary>
    public static async Task<Host> StartAsync(params IEnumerable<string> backends) => new(
        await HAProxyProcess.StartAsync(new HAProxySetup { Backends = [.. backends.Select(name => new HAProxyBackend(name, [], [Server("blue1", 100), Server("green1", 0)]))] }, CancellationToken.None));

    /// <summary>`map` routing with the pool `web`.</summary>
    public static async Task<Host> StartMapAsync() => new(
        await HAProxyProcess.StartAsync(new HAProxySetup { Configuration = "map.cfg", Backends = [new HAProxyBackend("web_blue", [], [Server("blue1", 100)]), new HAProxyBackend("web_green", [], [Server("green1", 100)])] }, CancellationToken.None));

    public static string Backend(int n) => string.Create(CultureInfo.InvariantCulture, $"be{n}");

    /// <summary>Weights of blue1 and green1 of each backend, as HAProxy says them.</summary>
    public async Task<IReadOnlyDictionary<string, (int Blue, int Green)>> ReadAsync()
    {
        var balancer = new HAProxyLoadBalancer(Client);
        var backends = (await balancer.ListBackendsAsync(CancellationToken.None)).Where(b => b.Value.StartsWith("be", StringComparison.Ordinal)).ToList();
        var reading = await balancer.ReadAsync(backends, CancellationToken.None);
        return reading.Backends.ToDictionary(pair => pair.Key.Value, pair => (pair.Value.Single(s => s.Name.Value == "blue1").Weight, pair.Value.Single(s => s.Name.Value == "green1").Weight));
    }

    /// <summary>What the agent would set where there is one server of each colour.</summary>
    public static (int Blue, int Green) Agent(int share)
    {
        var plan = ServerWeightPlan.For(Share.OfBasisPoints(share), [new PlannedServer(ProxyName.Parse("blue1"), 100, true)], [new PlannedServer(ProxyName.Parse("green1"), 0, true)]);
        return (plan.Weights[ProxyName.Parse("blue1")], plan.Weights[ProxyName.Parse("green1")]);
    }

    public async ValueTask DisposeAsync()
    {
        await HAProxy.DisposeAsync();
        Script.Dispose();
    }

    private static HAProxyServer Server(string name, int weight) => new(name, 9, weight, Checked: false);
}
