using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks.Propagation;

/// <summary>Consul with its data on disk and N applications in it, one HAProxy with a backend for each, and the floor and the peer on backends of their own.</summary>
internal sealed class PropagationStack : IAsyncDisposable
{
    private const string Key = "a-key-that-the-bench-and-its-agents-share";
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly int _apps;
    private string? _token;

    private PropagationStack(int apps, ConsulProcess consul, HAProxyProcess haproxy)
    {
        (_apps, Consul, HAProxy) = (apps, consul, haproxy);
        Floor = new RawPath(consul.Address, haproxy.RuntimeApiSocket, "floor");
        Peer = new PrefixWatcher(consul.Address, haproxy.RuntimeApiSocket, "peer", apps);
    }

    public ConsulProcess Consul { get; }

    public HAProxyProcess HAProxy { get; }

    public RawPath Floor { get; }

    public PrefixWatcher Peer { get; }

    public static async Task<PropagationStack> StartAsync(int apps, CancellationToken cancellationToken)
    {
        var consul = await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, cancellationToken);
        try
        {
            var names = Enumerable.Range(1, apps).Select(SeededConsul.NameOf);
            var haproxy = await HAProxyProcess.StartAsync(new HAProxySetup { Backends = [Backend("floor"), Backend("peer"), .. names.Select(Backend)] }, cancellationToken);
            var stack = new PropagationStack(apps, consul, haproxy);
            stack._parts.Push(consul);
            stack._parts.Push(haproxy);
            await SeededConsul.WriteAsync(consul.Address, SeededConsul.Applications(apps), cancellationToken);
            await stack.Peer.SeedAsync(cancellationToken);
            return stack;
        }
        catch
        {
            await consul.DisposeAsync();
            throw;
        }
    }

    /// <summary>One process with all roles.</summary>
    public Task<ServerProcess> StartServerAsync(CancellationToken cancellationToken) =>
        ServerProcess.StartAsync(new ServerSetup { Consul = Consul.Address, Nodes = [new ServerNode("hap1", HAProxy.RuntimeApiSocket)] }, cancellationToken);

    /// <summary>Api and controller, without the agent.</summary>
    public Task<ServerProcess> StartApiAsync(CancellationToken cancellationToken) =>
        ServerProcess.StartAsync(new ServerSetup { Name = "api", Roles = "api,controller", Consul = Consul.Address, AgentKey = Key }, cancellationToken);

    /// <summary>The agent alone. Its full passes, which do not follow from changes, are rare: <c>./dev bench scale</c> measures them.</summary>
    public Task<ServerProcess> StartAgentAsync(Uri consul, CancellationToken cancellationToken) => ServerProcess.StartAsync(new ServerSetup
    {
        Name = "agent", Roles = "agent", Consul = consul, AgentKey = Key, Nodes = [new ServerNode("hap1", HAProxy.RuntimeApiSocket)],
        Settings = new Dictionary<string, string> { ["Agent:ReconcileInterval"] = "00:10:00" },
    }, cancellationToken);

    /// <summary>The first server of a Consul writes the token that all of its servers know.</summary>
    public async Task<DemoApi> OpenApiAsync(ServerProcess server, CancellationToken cancellationToken) =>
        new(server.Address, _token ??= await server.ReadAdminTokenAsync(cancellationToken));

    public string AppOf(int turn) => SeededConsul.NameOf(1 + turn % _apps);

    /// <summary>Green's share of a turn, in percent: never the one that the application had before.</summary>
    public static int GreenOf(int turn) => 1 + turn % 97;

    /// <summary>Shifts by the API and waits for its answer; returns the time from the request's acceptance to its weights being observed, as the server tells it.</summary>
    /// <exception cref="PeerException">It was not observed in 10 s.</exception>
    public async Task<TimeSpan> ShiftAsync(DemoApi api, int turn, CancellationToken cancellationToken)
    {
        var green = GreenOf(turn);
        var (answer, observed) = await api.PutTimedAsync($"apps/{AppOf(turn)}/weights?wait=10s", new JsonObject { ["blue"] = 100 - green, ["green"] = green }, "accepted", "observed", cancellationToken);
        if (answer["nodes"]!.AsArray().Count != 1 || answer["nodes"]![0]!["progress"]!.GetValue<string>() != "observed") throw new PeerException($"a shift was not observed: {answer}");
        return TimeSpan.FromMilliseconds(observed ?? throw new PeerException("the answer does not say when the request was accepted and its weights were observed"));
    }

    /// <summary>Asks HAProxy itself, by a socket of the bench's own, for what was said to be observed.</summary>
    /// <exception cref="PeerException">It has other weights.</exception>
    public async Task CheckAsync(int turn, CancellationToken cancellationToken)
    {
        if (!await IsSetAsync(turn, cancellationToken)) throw new PeerException($"{AppOf(turn)} was said to be observed at {GreenOf(turn)} %, and HAProxy has {await RawWeights.ReadAsync("hap1", HAProxy, AppOf(turn), cancellationToken)}");
    }

    /// <summary>Writes the key as <c>consul kv put</c> does, and waits until HAProxy has it.</summary>
    public async Task<TimeSpan> EditByHandAsync(int turn, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = Consul.Address };
        var green = GreenOf(turn);
        using var body = new StringContent(string.Create(CultureInfo.InvariantCulture, $"{{\"blue\":{100 - green},\"green\":{green}}}"), Encoding.UTF8);
        var began = Stopwatch.GetTimestamp();
        (await http.PutAsync($"/v1/kv/{SeededConsul.Prefix}weights/{AppOf(turn)}", body, cancellationToken)).EnsureSuccessStatusCode();
        while (!await IsSetAsync(turn, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(30)) throw new PeerException($"a change of {AppOf(turn)} by hand was not followed in 30 s");
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
        return Stopwatch.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        Floor.Dispose();
        Peer.Dispose();
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    /// <summary>Whole weights near 256 make a share to half a percent.</summary>
    private async Task<bool> IsSetAsync(int turn, CancellationToken cancellationToken)
    {
        var weights = await RawWeights.ReadAsync("hap1", HAProxy, AppOf(turn), cancellationToken);
        double green = weights.Of(Colour.Green), all = green + weights.Of(Colour.Blue);
        return Math.Abs(100 * green / all - GreenOf(turn)) < 0.5;
    }

    private static HAProxyBackend Backend(string name) => new(name, [$"{name}.example.com"],
        [new HAProxyServer("blue1", 1, Checked: false), new HAProxyServer("green1", 2, Checked: false)]);
}
