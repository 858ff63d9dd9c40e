using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Controlling;

/// <summary>Consul with its data on disk, VictoriaMetrics, one server with api and controller, and one HAProxy on `map` routing with its agent, in a process of its own.</summary>
internal sealed partial class ControllerStack : IAsyncDisposable
{
    private const string Node = "hap1";
    private const string Key = "a-key-that-the-bench-and-its-agents-share";
    private const string MetricsToken = "a-token-that-the-bench-reads-metrics-with";
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public required ConsulProcess Consul { get; init; }

    public required VictoriaMetricsProcess VictoriaMetrics { get; init; }

    public required ControllerFleet Fleet { get; init; }

    public CountedTraffic? Traffic { get; private set; }

    public ServerProcess? Server { get; private set; }

    public ServerProcess? Agent { get; private set; }

    public static async Task<ControllerStack> StartAsync(int rollouts, CancellationToken cancellationToken)
    {
        var consul = await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, cancellationToken);
        var metrics = await VictoriaMetricsProcess.StartAsync(cancellationToken: cancellationToken);
        var stack = new ControllerStack { Consul = consul, VictoriaMetrics = metrics, Fleet = new ControllerFleet(consul.Address, rollouts) };
        stack._parts.Push(consul);
        stack._parts.Push(metrics);
        stack._parts.Push(stack.Fleet);
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

    /// <summary>Measurements of all rollouts so far, by check and outcome.</summary>
    public async Task<IReadOnlyDictionary<(string Check, string Outcome), long>> CountMeasurementsAsync(CancellationToken cancellationToken) =>
        (await LinesAsync(Server!.Address, "trafficshifter_measurements_total{", cancellationToken))
            .GroupBy(l => (Label(l, "check"), Label(l, "outcome"))).ToDictionary(g => g.Key, g => g.Sum(Value));

    /// <summary>How many queries VictoriaMetrics has answered or refused so far.</summary>
    public async Task<long> CountQueriesAsync(CancellationToken cancellationToken) =>
        (await LinesAsync(VictoriaMetrics.Address, "vm_http_requests_total{path=\"/api/v1/query", cancellationToken)).Sum(Value);

    /// <summary>Consul's index: it rises by one with each transaction.</summary>
    public async Task<long> ReadIndexAsync(CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(new Uri(Consul.Address, "v1/kv/there-is-no-such-key"), cancellationToken);
        return long.Parse(answer.Headers.GetValues("X-Consul-Index").Single(), CultureInfo.InvariantCulture);
    }

    /// <summary>What the rollouts wait for, and what the server said last.</summary>
    public async Task<string> DescribeAsync(CancellationToken cancellationToken) =>
        string.Join(", ", (await LinesAsync(Server!.Address, "trafficshifter_rollout_holds{", cancellationToken)).CountBy(l => Label(l, "why")).Select(w => $"{w.Value} wait for {w.Key}")) + $"\n{((await Fleet.ReadAsync(cancellationToken))[0] is { Decisions: [.., var latest] } ? latest.Sentence : null)}\n{Server.Output}";

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
        _http.Dispose();
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        Traffic = Keep(new CountedTraffic(VictoriaMetrics.Address, Node, Fleet.Apps));
        await Fleet.WriteAsync(cancellationToken);
        await Traffic.StartAsync(cancellationToken);
        var haproxy = Keep(await HAProxyProcess.StartAsync(new HAProxySetup { Configuration = "map.cfg", Backends = [Backend("blue", 1), Backend("green", 2)] }, cancellationToken));
        var setup = new ServerSetup
        {
            Name = "server", Roles = "api,controller", Consul = Consul.Address, VictoriaMetrics = VictoriaMetrics.Address, AgentKey = Key, MetricsToken = MetricsToken,
            Settings = new Dictionary<string, string> { ["Judge:Tick"] = "00:00:05" },
        };
        var agent = setup with { Name = "agent", Roles = "agent", VictoriaMetrics = null, Nodes = [new ServerNode(Node, haproxy.RuntimeApiSocket, haproxy.MapsFolder)], Settings = new Dictionary<string, string>() };
        Agent = Keep(await ServerProcess.StartAsync(agent, cancellationToken));
        Server = Keep(await ServerProcess.StartAsync(setup, cancellationToken));
    }

    private async Task<IReadOnlyList<string>> LinesAsync(Uri address, string prefix, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "metrics"));
        request.Headers.Authorization = new("Bearer", MetricsToken);
        using var answer = await _http.SendAsync(request, cancellationToken);
        var text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
        return [.. text.Split('\n').Where(l => l.StartsWith(prefix, StringComparison.Ordinal))];
    }

    private static string Label(string line, string label) => Regex.Match(line, $"{label}=\"([^\"]*)\"").Groups[1].Value;

    private static long Value(string line) => (long)double.Parse(ValueOf().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\} ([0-9.e+]+)")]
    private static partial Regex ValueOf();

    private static HAProxyBackend Backend(string colour, int port) => new($"{ControllerFleet.Pool}_{colour}", [], [new HAProxyServer($"{colour}1", port, Checked: false)]);

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
