using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Demo.Stack;

/// <summary>
/// The whole system on loopback: Consul, VictoriaMetrics, two HAProxy nodes with an agent each, a server that is API and controller,
/// and the demo application in two colours. Every part but the application is a process of its own.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stack in the operator's sense, not a collection.")]
public sealed class LocalStack : IAsyncDisposable
{
    /// <summary>The backend of the demo application, and the host that reaches it.</summary>
    public const string Backend = "shop";
    public const string Host = "shop.example.com";

    private readonly string _metricsToken = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
    private readonly StackPorts _ports;
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly Action<StackPart> _tell;

    private LocalStack(StackPorts ports, Action<StackPart> tell)
    {
        _ports = ports;
        _tell = tell;
    }

    public ConsulProcess Consul { get; private set; } = null!;

    public VictoriaMetricsProcess VictoriaMetrics { get; private set; } = null!;

    public UpstreamApp Upstream { get; private set; } = null!;

    /// <summary>hap1 and hap2.</summary>
    public IReadOnlyList<HAProxyProcess> HAProxies { get; private set; } = [];

    /// <summary>The server with the roles api and controller.</summary>
    public ServerProcess Api { get; private set; } = null!;

    /// <summary>The agents of hap1 and hap2.</summary>
    public IReadOnlyList<ServerProcess> Agents { get; private set; } = [];

    /// <summary>The admin's bearer token.</summary>
    public string Token { get; private set; } = "";

    public static string NodeName(int index) => $"hap{index + 1}";

    /// <summary>Starts everything and returns when every part is ready; what was started is stopped again when one is not.</summary>
    /// <param name="tell">Told of each part as soon as it runs.</param>
    /// <exception cref="PeerException">A port is busy, a program is missing, or a part did not start.</exception>
    public static async Task<LocalStack> StartAsync(StackPorts ports, Action<StackPart>? tell = null, CancellationToken cancellationToken = default)
    {
        ports.EnsureFree();
        var stack = new LocalStack(ports, tell ?? (_ => { }));
        try
        {
            await stack.StartAsync(cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops all that was started, last first.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        Consul = Keep(await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true, HttpPort = _ports.Consul }, cancellationToken));
        _tell(new StackPart("consul", Consul.Pid, Consul.Address.ToString()));

        Upstream = Keep(await UpstreamApp.StartAsync(_ports.Upstream, cancellationToken));
        _tell(new StackPart("demo application", Environment.ProcessId, Upstream.Admin.ToString()));

        var backend = new HAProxyBackend(Backend, [Host, "localhost", "127.0.0.1"], [.. ServersOf(Colour.Blue), .. ServersOf(Colour.Green)], "/health");
        for (var i = 0; i < _ports.Frontends.Count; i++)
        {
            var haproxy = Keep(await HAProxyProcess.StartAsync(
                new HAProxySetup { Name = NodeName(i), Backends = [backend], FrontendPort = _ports.Frontends[i], MetricsPort = _ports.Metrics[i], LogReaderPort = _ports.AccessLogs[i] }, cancellationToken));
            HAProxies = [.. HAProxies, haproxy];
            _tell(new StackPart(NodeName(i), haproxy.Pid, haproxy.FrontendUrl.ToString()));
        }

        var targets = HAProxies.Select((haproxy, i) => new ScrapeTarget(NodeName(i), haproxy.MetricsPort)).ToList();
        var discovery = new ScrapeDiscovery(new Uri($"http://127.0.0.1:{_ports.Api}/"), _metricsToken);
        VictoriaMetrics = Keep(await VictoriaMetricsProcess.StartAsync(targets, _ports.VictoriaMetrics, discovery: discovery, cancellationToken: cancellationToken));
        _tell(new StackPart("victoria-metrics", VictoriaMetrics.Pid, VictoriaMetrics.Address.ToString()));

        await StartServersAsync(cancellationToken);
        Token = await Api.ReadAdminTokenAsync(cancellationToken);
    }

    private async Task StartServersAsync(CancellationToken cancellationToken)
    {
        var common = new ServerSetup
        {
            Consul = Consul.Address,
            VictoriaMetrics = VictoriaMetrics.Address,
            AgentKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
            MetricsToken = _metricsToken,
        };
        Api = Keep(await ServerProcess.StartAsync(common with { Name = "server", Roles = "api,controller", Port = _ports.Api }, cancellationToken));
        _tell(new StackPart("server", Api.Pid, Api.Address.ToString()));
        for (var i = 0; i < HAProxies.Count; i++)
        {
            var agent = Keep(await ServerProcess.StartAsync(common with
            {
                Name = $"agent of {NodeName(i)}",
                Roles = "agent",
                Port = _ports.Agents[i],
                Nodes = [ServerNode.Of(NodeName(i), HAProxies[i])],
            }, cancellationToken));
            Agents = [.. Agents, agent];
            _tell(new StackPart($"agent-{NodeName(i)}", agent.Pid, agent.Address.ToString()));
        }
    }

    private IEnumerable<HAProxyServer> ServersOf(Colour colour) =>
        Upstream.PortsOf(colour).Select((port, i) => new HAProxyServer($"{colour.Word()}{i + 1}", port));

    private T Keep<T>(T part) where T : IAsyncDisposable
    {
        _started.Push(part);
        return part;
    }
}

/// <summary>A part of the stack that runs.</summary>
public sealed record StackPart(string Name, int Pid, string Address);
