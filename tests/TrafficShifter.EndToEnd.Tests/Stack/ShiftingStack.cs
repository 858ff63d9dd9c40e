using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>
/// Consul, VictoriaMetrics, HAProxy nodes (two where the setup does not say otherwise) with an agent each, a server that is api and controller, and the application in two colours:
/// each a process of its own but the application.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stack in the operator's sense, not a collection.")]
public sealed class ShiftingStack : IAsyncDisposable
{
    private const string AgentKey = "a-key-for-these-tests-alone-32-characters-and-some";
    public const string MetricsToken = "opens-the-metrics-of-these-tests-and-nothing-else";
    private readonly int _port = FreePorts.Take();
    private readonly Stack<IAsyncDisposable> _started = new();
    private const string MasterToken = "4a8f3c1e-6b7a-4f0e-8a55-0c1d2e3f4a5b";
    private readonly StackSetup _setup;
    private ConsulAcl? _acl;

    private bool HasMaps => _setup.Pools.Count > 0;

    private ShiftingStack(StackSetup setup) => _setup = setup;

    public ConsulProcess Consul { get; private set; } = null!;

    public ConsulKV KV { get; private set; } = null!;

    public VictoriaMetricsProcess VictoriaMetrics { get; private set; } = null!;

    public UpstreamApp Upstream { get; private set; } = null!;

    private readonly Dictionary<string, UpstreamApp> _upstreams = [];

    /// <summary>The servers of a backend or pool.</summary>
    public UpstreamApp UpstreamOf(string backend) => _upstreams.GetValueOrDefault(backend, Upstream);

    /// <summary>hap1, hap2 and so on.</summary>
    public IReadOnlyList<HAProxyProcess> HAProxies { get; private set; } = [];

    /// <summary>The agents of hap1 and hap2.</summary>
    public IReadOnlyList<ServerProcess> Agents { get; private set; } = [];

    /// <summary>The server with the roles api and controller.</summary>
    public ServerProcess Server { get; private set; } = null!;

    /// <summary>The controller in a process of its own; only with <see cref="StackSetup.GuardedConsul"/>.</summary>
    public ServerProcess? Controller { get; private set; }

    public string Token { get; private set; } = "";

    public Api Api { get; private set; } = null!;

    public static async Task<ShiftingStack> StartAsync(StackSetup setup)
    {
        var stack = new ShiftingStack(setup);
        try
        {
            await stack.StartAsync();
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Consul as the processes with these roles may use it; only with <see cref="StackSetup.GuardedConsul"/>.</summary>
    public async Task<ConsulKV> KVOfAsync(string roles) => new(Consul.Address, await _acl!.MakeTokenAsync(roles, NodeName(0)));

    /// <summary>The application is on `weights` routing, in a backend of its own.</summary>
    public bool HasBackend(string name) => _setup.Backends.Any(b => b.Name == name);

    public Backend Backend(string name) => _setup.Backends.Single(b => b.Name == name);

    /// <summary>A server beside the stack's own, with the stack's Consul and metrics; the caller ends it.</summary>
    public async Task<ServerProcess> StartServerAsync(ServerSetup setup, bool untilReady = true)
    {
        var token = _acl is null ? setup.ConsulToken : await _acl.MakeTokenAsync(setup.Roles, setup.Nodes is [var first, ..] ? first.Name : NodeName(0));
        var complete = setup with { Consul = setup.Consul ?? Consul.Address, ConsulToken = token, VictoriaMetrics = _setup.WithMetrics ? VictoriaMetrics.Address : null, AgentKey = AgentKey, MetricsToken = MetricsToken };
        return await (untilReady ? ServerProcess.StartAsync(complete) : ServerProcess.StartUnreadyAsync(complete));
    }

    /// <summary>An agent in a process of its own; the caller ends it.</summary>
    public Task<ServerProcess> StartAgentAsync(string node, string socket, bool untilReady = true) =>
        StartServerAsync(new ServerSetup { Name = $"agent of {node}", Roles = "agent", Nodes = [new ServerNode(node, socket)] }, untilReady);

    /// <summary>The agent of one of the stack's HAProxies, in a process of its own; the caller ends it.</summary>
    public Task<ServerProcess> StartAgentAsync(int node, string? dataDirectory = null, bool untilReady = true) => StartServerAsync(
        new ServerSetup { Name = $"agent of {NodeName(node)}", Roles = "agent", DataDirectory = dataDirectory, Nodes = [ServerNode.Of(NodeName(node), HAProxies[node], HasMaps)] }, untilReady);

    public static string NodeName(int node) => string.Create(CultureInfo.InvariantCulture, $"hap{node + 1}");

    /// <summary>A HAProxy with the stack's backends; its weights are those of the file, half and half. The caller ends it.</summary>
    public Task<HAProxyProcess> StartHAProxyAsync(string name, string? directory = null, string extra = "") => HAProxyProcess.StartAsync(
        new HAProxySetup
        {
            Name = name,
            Directory = directory,
            Configuration = HasMaps ? "map.cfg" : "haproxy.cfg",
            TrustedSources = ["127.0.0.1"],
            Backends = [.. _setup.Backends.Select(Render), .. _setup.Pools.SelectMany(RenderPool)],
            ExtraConfiguration = extra,
        },
        CancellationToken.None);

    /// <summary>Ends an agent as an operator does and takes its node away.</summary>
    public async Task RemoveNodeAsync(ServerProcess agent, string node)
    {
        await agent.StopAsync();
        await Eventually.SeeAsync($"node {node} can be removed", async () => (await Api.SendAsync(HttpMethod.Delete, $"nodes/{node}")).Status == 204);
    }

    /// <summary>Users of one application, on both nodes in turn.</summary>
    public BackgroundLoad Load(string app, double requestsPerSecond = 200) => new(LoadOf(app) with { RequestsPerSecond = requestsPerSecond });

    /// <summary>Users of an application on `map` routing with the host NAME.example.com, on some of the nodes in turn.</summary>
    public BackgroundLoad Load(string app, IReadOnlyList<int> nodes, double requestsPerSecond = 200) =>
        new(new LoadOptions { Targets = [.. nodes.Select(node => HAProxies[node].FrontendUrl)], Host = $"{app}.example.com", RequestsPerSecond = requestsPerSecond });

    public LoadOptions LoadOf(string app) => new() { Targets = [.. HAProxies.Select(h => h.FrontendUrl)], Host = Backend(app).Host };

    /// <summary>Green's share in percent on each node, from the raw sockets.</summary>
    public async Task<IReadOnlyList<decimal>> GreenAsync(string app) =>
        await Task.WhenAll(HAProxies.Select(haproxy => RawWeights.GreenAsync(haproxy, Backend(app))));

    /// <summary>Returns when every raw socket shows green at <paramref name="percent"/>.</summary>
    public Task SeeGreenAsync(string app, decimal percent) =>
        Eventually.SeeAsync($"green at {percent} % on every raw socket", async () => string.Join(" and ", await GreenAsync(app)), seen => seen == string.Join(" and ", HAProxies.Select(_ => percent.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Returns the rollout when it is in one of these phases.</summary>
    public Task<ApiReply> SeePhaseAsync(string rollout, params string[] phases) =>
        Eventually.SeeAsync($"rollout {string.Join(" or ", phases)}", () => Api.RolloutAsync(rollout), seen => phases.Contains(seen.Text("phase")));

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        KV?.Dispose();
        _acl?.Dispose();
        await EndAllAsync();
    }

    private async Task StartAsync()
    {
        Consul = Keep(await ConsulProcess.StartAsync(new ConsulSetup { Persistent = _setup.PersistentConsul, MasterToken = _setup.GuardedConsul ? MasterToken : null }, CancellationToken.None));
        KV = new ConsulKV(Consul.Address, _setup.GuardedConsul ? MasterToken : null);
        if (_setup.GuardedConsul) _acl = new ConsulAcl(Consul.Address, MasterToken);
        Upstream = Keep(await UpstreamApp.StartAsync(UpstreamPorts.Free(_setup.Backends.Concat(_setup.Pools).Max(b => b.Blue), _setup.Backends.Concat(_setup.Pools).Max(b => b.Green))));
        if (_setup.OwnUpstreams)
            foreach (var backend in _setup.Backends.Concat(_setup.Pools)) _upstreams[backend.Name] = Keep(await UpstreamApp.StartAsync(UpstreamPorts.Free(backend.Blue, backend.Green)));
        for (var i = 0; i < _setup.Nodes; i++) HAProxies = [.. HAProxies, Keep(await StartHAProxyAsync(NodeName(i)))];
        if (_setup.WithMetrics)
            VictoriaMetrics = Keep(await VictoriaMetricsProcess.StartAsync([.. HAProxies.Select((haproxy, i) => new ScrapeTarget($"hap{i + 1}", haproxy.MetricsPort))], discovery: new ScrapeDiscovery(new Uri($"http://127.0.0.1:{_port}/"), MetricsToken)));
        Server = Keep(await StartServerAsync(new ServerSetup { Name = "server", Roles = _setup.GuardedConsul ? "api" : "api,controller", Port = _port, Settings = _setup.Settings }));
        if (_setup.GuardedConsul) Controller = Keep(await StartServerAsync(new ServerSetup { Name = "controller", Roles = "controller", Settings = _setup.Settings }));
        Token = await Server.ReadAdminTokenAsync();
        Api = new Api(Server.Address, Token);
        for (var i = 0; i < _setup.Nodes; i++) Agents = [.. Agents, Keep(await StartAgentAsync(i))];
        foreach (var backend in _setup.Backends) (await Api.PutAppAsync(backend.Name)).Status.ShouldBe(201);
        foreach (var backend in _setup.Backends) await SeeGreenAsync(backend.Name, 0);
        await Eventually.SeeAsync("all nodes registered", Api.NodesAsync, seen => seen.Body.GetArrayLength() == HAProxies.Count);
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

    private IEnumerable<HAProxyBackend> RenderPool(Backend pool) => new[] { (Colour.Blue, pool.Blue), (Colour.Green, pool.Green) }.Select(part => new HAProxyBackend(
        $"{pool.Name}_{part.Item1.Word()}", [], [.. UpstreamOf(pool.Name).PortsOf(part.Item1).Take(part.Item2).Select((port, i) => new HAProxyServer($"{part.Item1.Word()}{i + 1}", port))], "/health"));

    private HAProxyBackend Render(Backend backend) => new(
        backend.Name,
        [backend.Host],
        [
            .. UpstreamOf(backend.Name).PortsOf(Colour.Blue).Take(backend.Blue).Select((port, i) => new HAProxyServer($"blue{i + 1}", port)),
            .. UpstreamOf(backend.Name).PortsOf(Colour.Green).Take(backend.Green).Select((port, i) => new HAProxyServer($"green{i + 1}", port)),
        ],
        "/health");

    private T Keep<T>(T part) where T : IAsyncDisposable
    {
        _started.Push(part);
        return part;
    }
}
