using System.Text.Json.Nodes;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks;

/// <summary>Consul with its data on disk, VictoriaMetrics, one server with api and controller, and two HAProxies, each with an agent in a process of its own.</summary>
internal sealed class RollbackStack : IAsyncDisposable
{
    private const string Key = "a-key-that-the-bench-and-its-agents-share";
    private readonly Stack<IAsyncDisposable> _parts = new();
    private ServerLog? _server;
    private IReadOnlyList<ServerLog> _agents = [];
    private DemoApi? _api;
    private RawPath? _raw;

    public DemoApi Api => _api!;

    public RawPath Raw => _raw!;

    public static async Task<RollbackStack> StartAsync(IReadOnlyList<string> apps, CancellationToken cancellationToken)
    {
        var stack = new RollbackStack();
        try
        {
            await stack.LaunchAsync(apps, cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>The way of one rollback that was written at this index.</summary>
    /// <param name="began">The verdict, or the call being sent.</param>
    /// <param name="decided">When it was decided what to write.</param>
    public async Task<RollbackSample> FollowAsync(string app, ulong index, DateTimeOffset began, DateTimeOffset decided, CancellationToken cancellationToken)
    {
        var committed = await _server!.CommittedAsync(index, cancellationToken);
        var heard = await Task.WhenAll(_agents.Select(agent => agent.HeardAsync(index, cancellationToken)));
        var observed = await Task.WhenAll(_agents.Select(agent => agent.ObservedAsync(app, index, cancellationToken)));
        return new RollbackSample(began, decided, committed, heard.Max(), observed.Max());
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        _raw?.Dispose();
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task LaunchAsync(IReadOnlyList<string> apps, CancellationToken cancellationToken)
    {
        var consul = Keep(await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, cancellationToken));
        var metrics = Keep(await VictoriaMetricsProcess.StartAsync(cancellationToken: cancellationToken));
        var setup = new ServerSetup
        {
            Name = "server", Roles = "api,controller", Consul = consul.Address, VictoriaMetrics = metrics.Address, AgentKey = Key,
            Settings = new Dictionary<string, string> { ["Logging:Format"] = "json", ["Logging:Level"] = "Debug" },
        };
        var server = Keep(await ServerProcess.StartAsync(setup, cancellationToken));
        _server = new ServerLog(server);
        _api = new DemoApi(server.Address, await server.ReadAdminTokenAsync(cancellationToken));
        for (var node = 1; node <= 2; node++)
        {
            var haproxy = Keep(await HAProxyProcess.StartAsync(new HAProxySetup { Name = $"haproxy {node}", Backends = [Backend("floor"), .. apps.Select(Backend)] }, cancellationToken));
            _raw ??= new RawPath(consul.Address, haproxy.RuntimeApiSocket, "floor");
            var agent = setup with { Name = $"agent {node}", Roles = "agent", VictoriaMetrics = null, Nodes = [new ServerNode($"hap{node}", haproxy.RuntimeApiSocket)] };
            _agents = [.. _agents, new ServerLog(Keep(await ServerProcess.StartAsync(agent, cancellationToken)))];
        }
        foreach (var app in apps) await _api.PutAsync($"apps/{app}", new JsonObject { ["routing"] = new JsonObject { ["backend"] = app } }, cancellationToken);
    }

    private static HAProxyBackend Backend(string name) => new(name, [$"{name}.example.com"],
        [new HAProxyServer("blue1", 1, Checked: false), new HAProxyServer("green1", 2, Checked: false)]);

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}

/// <summary>The moments of one rollback; of several nodes the last one's.</summary>
internal sealed record RollbackSample(DateTimeOffset Began, DateTimeOffset Decided, DateTimeOffset Committed, DateTimeOffset Heard, DateTimeOffset Observed)
{
    public double Total => (Observed - Began).TotalMilliseconds;

    public double Deciding => (Decided - Began).TotalMilliseconds;

    public double Committing => (Committed - Decided).TotalMilliseconds;

    /// <summary>Agents may hear of a write before its writer has Consul's answer.</summary>
    public double Hearing => (Heard - Committed).TotalMilliseconds;

    public double Applying => (Observed - Heard).TotalMilliseconds;
}
