using System.Diagnostics;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>Consul with its data on disk and all documents, a HAProxy with all backends, one server with api and controller, and the HAProxy's agent in a process of its own; beside them a Consul and a HAProxy of the same size for what is compared.</summary>
internal sealed class ScaleStack : IAsyncDisposable
{
    private const string Key = "a-key-that-the-bench-and-its-agent-share";
    private readonly Stack<IAsyncDisposable> _parts = new();

    public required int Apps { get; init; }

    public ConsulProcess Consul { get; private set; } = null!;

    /// <summary>With the same documents, for the peer: nobody else asks it.</summary>
    public ConsulProcess PeerConsul { get; private set; } = null!;

    public HAProxyProcess HAProxy { get; private set; } = null!;

    /// <summary>With the same backends, for the floor: no agent drives it.</summary>
    public HAProxyProcess FloorHAProxy { get; private set; } = null!;

    public ServerProcess Server { get; private set; } = null!;

    public ServerProcess Agent { get; private set; } = null!;

    public SweepLog Sweeps { get; private set; } = null!;

    public DemoApi Api { get; private set; } = null!;

    /// <summary>From the process being started to <c>/readyz</c> being 200.</summary>
    public (TimeSpan Server, TimeSpan Agent) StartUp { get; private set; }

    public static async Task<ScaleStack> StartAsync(int apps, CancellationToken cancellationToken)
    {
        var stack = new ScaleStack { Apps = apps };
        try
        {
            await stack.LaunchAsync(cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        (Consul, PeerConsul) = (Keep(await StartConsulAsync(cancellationToken)), Keep(await StartConsulAsync(cancellationToken)));
        await Task.WhenAll(ScaleFleet.WriteAsync(Consul.Address, Apps, cancellationToken), ScaleFleet.WriteAsync(PeerConsul.Address, Apps, cancellationToken));
        var haproxy = new HAProxySetup { Backends = ScaleFleet.Backends(Apps) };
        (HAProxy, FloorHAProxy) = (Keep(await HAProxyProcess.StartAsync(haproxy, cancellationToken)), Keep(await HAProxyProcess.StartAsync(haproxy with { Name = "haproxy of the floor" }, cancellationToken)));

        var setup = new ServerSetup { Roles = "api,controller", Consul = Consul.Address, AgentKey = Key, Settings = new Dictionary<string, string> { ["Logging:Format"] = "json" } };
        (Server, var server) = await TimeAsync(setup, cancellationToken);
        Sweeps = new SweepLog(Server);
        (Agent, var agent) = await TimeAsync(setup with { Name = "agent", Roles = "agent", Nodes = [new ServerNode("hap1", HAProxy.RuntimeApiSocket)] }, cancellationToken);
        StartUp = (server, agent);
        Api = new DemoApi(Server.Address, await Server.ReadAdminTokenAsync(cancellationToken), TimeSpan.FromSeconds(60));
    }

    private static Task<ConsulProcess> StartConsulAsync(CancellationToken cancellationToken) => ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, cancellationToken);

    private async Task<(ServerProcess Server, TimeSpan Took)> TimeAsync(ServerSetup setup, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var server = Keep(await ServerProcess.StartAsync(setup, cancellationToken));
        return (server, Stopwatch.GetElapsedTime(began));
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
