using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.Faults.Observation;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Stack;

/// <summary>
/// Two HAProxy nodes with an agent each, two servers that are api and controller, three Consul servers and VictoriaMetrics, each a process of its own; and the
/// applications in two colours. A control has the HAProxies and the applications alone.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stack in the operator's sense, not a collection.")]
internal sealed class FaultStack : IAsyncDisposable
{
    private readonly string _agentKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
    private readonly string _metricsToken = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
    private readonly string _root = Directory.CreateTempSubdirectory("faults-").FullName;
    private readonly StackSeams _seams;
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly List<string> _prepared = [];

    private FaultStack(StackSeams seams, bool isControl)
    {
        _seams = seams;
        IsControl = isControl;
        Links = new Links(seams.Lay);
    }

    /// <summary>HAProxies and applications without us.</summary>
    public bool IsControl { get; }

    public Links Links { get; }

    public ConsulCluster Consul { get; private set; } = null!;

    public VictoriaMetricsProcess VictoriaMetrics { get; private set; } = null!;

    public UpstreamApp Upstream { get; private set; } = null!;

    /// <summary>haproxy1 and haproxy2.</summary>
    public IReadOnlyList<HAProxyProcess> HAProxies { get; private set; } = [];

    /// <summary>agent1 and agent2, of the nodes hap1 and hap2.</summary>
    public IReadOnlyList<ServerProcess> Agents { get; private set; } = [];

    /// <summary>api1 and api2, each with the roles api and controller.</summary>
    public IReadOnlyList<ServerProcess> Servers { get; private set; } = [];

    /// <summary>An admin's bearer token, good at both apis.</summary>
    public string Token { get; private set; } = "";

    /// <summary>What was asked of the service, by whom, and what came of it.</summary>
    public OperationLog Operations { get; } = new();

    public Callers Callers { get; private set; } = null!;

    /// <summary>Which controller led and wrote, by their logs.</summary>
    public ServerLogs Logs { get; private set; } = null!;

    /// <summary>Where a part keeps its data: <c>agent1</c>, <c>api1</c>.</summary>
    public string DirectoryOf(string part) => Path.Combine(_root, part);

    public static Task<FaultStack> StartAsync(StackSeams? seams, CancellationToken cancellationToken) => StartAsync(new FaultStack(seams ?? new StackSeams(), isControl: false), cancellationToken);

    /// <summary>HAProxies and applications alone, with the weights of HAProxy's file.</summary>
    public static Task<FaultStack> StartControlAsync(CancellationToken cancellationToken) => StartAsync(new FaultStack(new StackSeams(), isControl: true), cancellationToken);

    public static string Numbered(string part, int index) => string.Create(CultureInfo.InvariantCulture, $"{part}{index + 1}");

    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndAllAsync();
        }
        finally
        {
            await CleanUpAsync();
        }
    }

    /// <summary>Last first; one that cannot be ended does not keep the others running.</summary>
    private async Task EndAllAsync()
    {
        if (!_started.TryPop(out var part)) return;
        try
        {
            await part.DisposeAsync();
        }
        finally
        {
            await EndAllAsync();
        }
    }

    private static async Task<FaultStack> StartAsync(FaultStack stack, CancellationToken cancellationToken)
    {
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

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        Upstream = Keep(await UpstreamApp.StartAsync(UpstreamPorts.Free(1, 1), cancellationToken));
        for (var node = 0; node < 2; node++) HAProxies = [.. HAProxies, Keep(await StartHAProxyAsync(node, cancellationToken))];
        if (IsControl) return;

        Consul = Keep(await ConsulCluster.StartAsync(cancellationToken));
        var api = FreePorts.Take();
        VictoriaMetrics = Keep(await VictoriaMetricsProcess.StartAsync(
            [.. HAProxies.Select((haproxy, i) => new ScrapeTarget(Numbered("hap", i), haproxy.MetricsPort))],
            discovery: new ScrapeDiscovery(new Uri($"http://127.0.0.1:{api}/"), _metricsToken),
            cancellationToken: cancellationToken));
        for (var i = 0; i < 2; i++) Servers = [.. Servers, Keep(await StartServerAsync(i, i == 0 ? api : FreePorts.Take(), cancellationToken))];
        Token = await Servers[0].ReadAdminTokenAsync(cancellationToken);
        Logs = new ServerLogs(Servers);
        Callers = Keep(new Callers(this, Operations));
        for (var i = 0; i < 2; i++) Agents = [.. Agents, Keep(await StartAgentAsync(i, cancellationToken))];
        await RegisterAsync(cancellationToken);
    }

    /// <summary>Defines every application; where the store has lost them, they come back as the api last knew them.</summary>
    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        foreach (var app in TestedApp.All)
            while (await Callers.AskAnyAsync(HttpMethod.Put, $"apps/{app.Name}", app.Definition) is { IsSuccess: false } refused)
            {
                if (refused.Outcome == OperationOutcome.Refused && refused.Status != 503) throw new PeerException($"{app.Name} was not registered: {refused}");
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
    }

    private async Task<HAProxyProcess> StartHAProxyAsync(int node, CancellationToken cancellationToken)
    {
        var reader = await Links.AddAsync(Numbered("haproxy", node), Numbered("agent", node), Local(FreePorts.Take()), cancellationToken);
        return await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Name = Numbered("haproxy", node),
                Configuration = "map.cfg",
                Backends = [.. TestedApp.All.SelectMany(Render)],
                LogReaderPort = int.Parse(reader.Address.AsSpan(reader.Address.LastIndexOf(':') + 1), CultureInfo.InvariantCulture),
            },
            cancellationToken);
    }

    private async Task<ServerProcess> StartServerAsync(int index, int port, CancellationToken cancellationToken)
    {
        var name = Numbered("api", index);
        var consul = await Links.AddAsync(name, "consul", Consul.Servers[index].Address.Authority, cancellationToken);
        var metrics = await Links.AddAsync(name, "victoria-metrics", VictoriaMetrics.Address.Authority, cancellationToken);
        return await LaunchAsync(name, new ServerSetup { Roles = "api,controller", Port = port, Consul = Url(consul), VictoriaMetrics = Url(metrics) }, cancellationToken);
    }

    private async Task<ServerProcess> StartAgentAsync(int node, CancellationToken cancellationToken)
    {
        var name = Numbered("agent", node);
        var port = FreePorts.Take();
        // Not the same servers as the apis have, so that one that is lost is not lost to all.
        var consul = await Links.AddAsync(name, "consul", Consul.Servers[node + 1].Address.Authority, cancellationToken);
        var socket = await Links.AddAsync(name, Numbered("haproxy", node), HAProxies[node].RuntimeApiSocket, cancellationToken);
        var advertised = await Links.AddAsync("api", name, Local(port), cancellationToken);
        var setup = new ServerSetup
        {
            Roles = "agent",
            Port = port,
            Consul = Url(consul),
            Nodes = [new ServerNode(Numbered("hap", node), socket.Address, HAProxies[node].MapsFolder, Links.Between(Numbered("haproxy", node), name).Target)],
            Settings = new Dictionary<string, string> { ["Agent:Advertise"] = Url(advertised).GetLeftPart(UriPartial.Authority) },
        };
        return await LaunchAsync(name, setup, cancellationToken);
    }

    private async Task<ServerProcess> LaunchAsync(string name, ServerSetup setup, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateDirectory(DirectoryOf(name)).FullName;
        _prepared.Add(name);
        await _seams.Prepare(name, directory, cancellationToken);
        return await ServerProcess.StartAsync(_seams.Adjust(name, setup with { Name = name, DataDirectory = directory, AgentKey = _agentKey, MetricsToken = _metricsToken }), cancellationToken);
    }

    private async Task CleanUpAsync()
    {
        await Links.DisposeAsync();
        foreach (var part in _prepared) await _seams.Undo(part, DirectoryOf(part));
        _prepared.Clear();
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
    }

    private IEnumerable<HAProxyBackend> Render(TestedApp app)
    {
        var (blue, green) = (new HAProxyServer("blue1", Upstream.PortsOf(Colour.Blue)[0]), new HAProxyServer("green1", Upstream.PortsOf(Colour.Green)[0]));
        return app.IsMapped
            ? [new($"{app.Name}_blue", IsControl ? [app.Host] : [], [blue], "/health"), new($"{app.Name}_green", [], [green], "/health")]
            : [new(app.Name, [app.Host], [blue, green], "/health")];
    }

    private static string Local(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static Uri Url(Link link) => new($"http://{link.Address}");

    private T Keep<T>(T part) where T : IAsyncDisposable
    {
        _started.Push(part);
        return part;
    }
}
