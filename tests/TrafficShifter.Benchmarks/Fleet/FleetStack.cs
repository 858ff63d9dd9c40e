using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks.Fleet;

/// <summary>Three Consul servers, ten HAProxies, one process with api and controller, and agents that are added in stages: agent n drives HAProxy n mod 10 and asks server n mod 3.</summary>
internal sealed class FleetStack : IAsyncDisposable
{
    public const int HAProxies = 10;

    /// <summary>What the peer's prefix has under it, beside the key that changes.</summary>
    public const string PeerPrefix = "peer/weights/";

    private const string Key = "a-key-that-the-bench-and-its-agents-share";
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("fleet-").FullName;
    private readonly List<HAProxyProcess> _haproxies = [];
    private readonly List<ChildProcess> _agents = [];

    public ConsulServers Consul { get; private set; } = null!;

    public ServerProcess Server { get; private set; } = null!;

    public DemoApi Api { get; private set; } = null!;

    public int Agents { get; private set; }

    /// <summary>Connections to Consul of everything but the agents.</summary>
    public int OtherConnections { get; private set; }

    public double AgentMicroseconds => _agents.Sum(a => ProcessCpu.ReadWhole(a.Pid).TotalMicroseconds);

    public double AgentMegabytes => _agents.Sum(a => ProcessCpu.ReadMegabytes(a.Pid));

    public static async Task<FleetStack> StartAsync(int apps, CancellationToken cancellationToken)
    {
        var stack = new FleetStack();
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

    /// <summary>Starts agents until there are so many, in one process more, and waits until a shift is observed by all.</summary>
    public async Task GrowAsync(int agents, CancellationToken cancellationToken)
    {
        var more = Enumerable.Range(Agents, agents - Agents).Select(n => new AgentPlace($"node-{n:D3}", FreePorts.Take(), Consul.Addresses[n % Consul.Addresses.Count], _haproxies[n % HAProxies].RuntimeApiSocket)).ToList();
        var process = await AgentHost.StartAsync(_folder, Key, more, cancellationToken);
        _agents.Add(process);
        _parts.Push(process);
        Agents = agents;
        // The api looks for new nodes once a second.
        for (var turn = 0; await CountObservedAsync(turn, cancellationToken) < agents; turn++) await Task.Delay(200, cancellationToken);
    }

    /// <summary>One shift; throws unless every node was observed.</summary>
    public async Task ShiftAsync(int turn, CancellationToken cancellationToken)
    {
        var observed = await CountObservedAsync(turn, cancellationToken);
        if (observed != Agents) throw new PeerException($"{observed} of {Agents} nodes were observed");
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        // Agents that are killed say nothing to Consul, which ends anyway.
        foreach (var agents in _agents) await agents.KillAsync();
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<int> CountObservedAsync(int turn, CancellationToken cancellationToken)
    {
        // Green never has the share that it has.
        var answer = await Api.PutAsync($"apps/{DashboardFleet.Name(0)}/weights?wait=10s", new JsonObject { ["blue"] = 100, ["green"] = 1 + turn % 100 }, cancellationToken);
        return answer["nodes"]!.AsArray().Count(n => n!["progress"]!.GetValue<string>() == "observed");
    }

    private async Task LaunchAsync(int apps, CancellationToken cancellationToken)
    {
        Consul = Keep(await ConsulServers.StartAsync(cancellationToken));
        await DashboardFleet.WriteAsync(Consul.Addresses[0], apps, cancellationToken);
        await WriteRawAsync(["floor/weights", "floor/feed", .. Enumerable.Range(0, apps).Select(n => string.Create(CultureInfo.InvariantCulture, $"{PeerPrefix}{n}"))], cancellationToken);
        for (var n = 0; n < HAProxies; n++) _haproxies.Add(Keep(await HAProxyProcess.StartAsync(new HAProxySetup { Name = $"haproxy {n}", Backends = [.. Enumerable.Range(0, 10).Select(DashboardFleet.Backend)] }, cancellationToken)));
        Server = Keep(await ServerProcess.StartAsync(new ServerSetup { Roles = "api,controller", Consul = Consul.Addresses[0], AgentKey = Key }, cancellationToken));
        Api = new DemoApi(Server.Address, await Server.ReadAdminTokenAsync(cancellationToken));
        OtherConnections = Consul.CountConnections();
    }

    /// <summary>The keys of the floor and of the peer.</summary>
    private async Task WriteRawAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = Consul.Addresses[0] };
        foreach (var some in keys.Chunk(64))
        {
            var set = new JsonArray([.. some.Select(key => (JsonNode)new JsonObject { ["KV"] = new JsonObject { ["Verb"] = "set", ["Key"] = key, ["Value"] = RawWatchers.Value(0) } })]);
            using var body = new StringContent(set.ToJsonString(), Encoding.UTF8, "application/json");
            using var answer = await http.PutAsync("/v1/txn", body, cancellationToken);
            answer.EnsureSuccessStatusCode();
        }
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
