using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Benchmarks.Canaries;

/// <summary>Consul, VictoriaMetrics, one server with api and controller, two HAProxies with an agent each, and an application with servers of its own for each case.</summary>
internal sealed class CanaryStack : IAsyncDisposable
{
    private const string Key = "a-key-that-the-bench-and-its-agents-share";
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly Dictionary<string, UpstreamApp> _upstreams = [];
    private IReadOnlyList<HAProxyProcess> _haproxies = [];
    private DemoApi? _api;

    public DemoApi Api => _api!;

    public UpstreamApp UpstreamOf(string app) => _upstreams[app];

    public LoadOptions LoadOf(string app, double requestsPerSecond) =>
        new() { Targets = [.. _haproxies.Select(h => h.FrontendUrl)], Host = $"{app}.example.com", RequestsPerSecond = requestsPerSecond, Concurrency = 32 };

    public static async Task<CanaryStack> StartAsync(IReadOnlyList<string> apps, CancellationToken cancellationToken)
    {
        var stack = new CanaryStack();
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

    /// <summary>All of an application's traffic is on blue, by the sockets of all nodes.</summary>
    public async Task<bool> IsBackAsync(string app, CancellationToken cancellationToken)
    {
        var weights = await Task.WhenAll(_haproxies.Select((haproxy, i) => RawWeights.ReadAsync($"hap{i + 1}", haproxy, app, cancellationToken)));
        return weights.All(w => w.IsAllOn(Colour.Blue));
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task LaunchAsync(IReadOnlyList<string> apps, CancellationToken cancellationToken)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var port = FreePorts.Take();
        foreach (var app in apps) _upstreams[app] = Keep(await UpstreamApp.StartAsync(cancellationToken: cancellationToken));
        for (var node = 1; node <= 2; node++)
            _haproxies = [.. _haproxies, Keep(await HAProxyProcess.StartAsync(new HAProxySetup { Name = $"haproxy {node}", Backends = [.. apps.Select(Backend)] }, cancellationToken))];
        var consul = Keep(await ConsulProcess.StartAsync(new ConsulSetup(), cancellationToken));
        var metrics = Keep(await VictoriaMetricsProcess.StartAsync(discovery: new ScrapeDiscovery(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")), token), cancellationToken: cancellationToken));
        var setup = new ServerSetup { Name = "server", Roles = "api,controller", Port = port, Consul = consul.Address, VictoriaMetrics = metrics.Address, AgentKey = Key, MetricsToken = token };
        var server = Keep(await ServerProcess.StartAsync(setup, cancellationToken));
        for (var node = 1; node <= 2; node++)
            Keep(await ServerProcess.StartAsync(setup with { Name = $"agent {node}", Roles = "agent", Port = null, VictoriaMetrics = null, Nodes = [ServerNode.Of($"hap{node}", _haproxies[node - 1])] }, cancellationToken));
        _api = new DemoApi(server.Address, await server.ReadAdminTokenAsync(cancellationToken));
        foreach (var app in apps) await _api.PutAsync($"apps/{app}", new JsonObject { ["routing"] = new JsonObject { ["backend"] = app } }, cancellationToken);
    }

    private HAProxyBackend Backend(string app) => new(app, [$"{app}.example.com"], [.. ServersOf(app, Colour.Blue), .. ServersOf(app, Colour.Green)], "/health");

    private IEnumerable<HAProxyServer> ServersOf(string app, Colour colour) => _upstreams[app].PortsOf(colour).Select((port, i) => new HAProxyServer($"{colour.Word()}{i + 1}", port));

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
