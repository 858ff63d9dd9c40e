using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Egress;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Server.Tests.Hosting;

/// <summary>The whole server in this process, on a free port of loopback: real HTTP, the embedded store, load balancers and metrics in memory.</summary>
/// <remarks>Its folder outlives <see cref="StopAsync"/>, so that <see cref="StartAsync"/> is a second start of the same installation.</remarks>
internal sealed class RunningServer : IAsyncDisposable
{
    public const string AgentKey = "0123456789abcdef0123456789abcdef";
    private readonly Dictionary<string, InMemoryLoadBalancer> _balancers = [];
    private WebApplication? _app;
    private HttpClient? _http;

    private RunningServer(IReadOnlyList<string> nodes, TimeProvider time)
    {
        Time = time;
        Metrics = new InMemoryMetricSource(time);
        foreach (var node in nodes)
        {
            _balancers[node] = new InMemoryLoadBalancer();
            _balancers[node].HAProxy.Configure("shop_back", ("blue1", 100), ("green1", 100));
        }
    }

    public TimeProvider Time { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("server-").FullName;

    public InMemoryMetricSource Metrics { get; }

    /// <summary>How names are looked up for calls out; the system's own when null. Set before the start.</summary>
    public EgressResolver? Resolver { get; set; }

    public InterruptibleStore Store => (InterruptibleStore)Services.GetRequiredService<ITrafficStore>();

    public IServiceProvider Services => _app!.Services;

    public Uri Address => new(_app!.Urls.Single());

    public string Token => File.ReadAllText(Path.Combine(Folder, "admin.token")).Trim();

    /// <summary>A client with the admin token.</summary>
    public HttpClient Http => _http!;

    /// <summary>The first node's load balancer.</summary>
    public InMemoryLoadBalancer LoadBalancer => _balancers.Values.First();

    public InMemoryLoadBalancer LoadBalancerOf(string node) => _balancers[node];

    /// <summary>A server whose nodes have the backend shop_back with the servers blue1 and green1, ready for requests.</summary>
    public static async Task<RunningServer> StartNewAsync(TimeProvider? time = null, params string[] nodes)
    {
        var server = new RunningServer(nodes.Length > 0 ? nodes : ["hap1"], time ?? TimeProvider.System);
        await server.StartAsync();
        return server;
    }

    /// <param name="storeAway">The store is away from the first moment.</param>
    public async Task StartAsync(bool storeAway = false, params string[] more)
    {
        _app = ServerHost.Build([.. Arguments(), .. more], services =>
        {
            services.AddSingleton(Time);
            services.AddSingleton<IMetricSource>(Metrics);
            if (Resolver is { } resolver) services.AddSingleton(resolver);
            services.AddSingleton<LoadBalancerFactory>(node => _balancers[node.Name]);
            services.AddSingleton<ITrafficStore>(provider =>
            {
                var store = new InterruptibleStore(provider.GetRequiredService<EmbeddedTrafficStore>());
                if (storeAway) store.GoAway();
                return store;
            });
        });
        await _app.StartAsync();
        if (!storeAway)
        {
            await Awaiting.ForAsync(Services.GetRequiredService<TrafficFollower>().FirstRead, "the store's first reading");
            await Awaiting.ForAsync(Services.GetRequiredService<Tokens>().Ready, "the first token");
        }
        _http = new HttpClient { BaseAddress = Address };
        if (File.Exists(Path.Combine(Folder, "admin.token"))) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public async Task StopAsync()
    {
        _http?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        // Workers end before their folder goes: one that writes a file now would be in the way.
        if (_app is not null) await _app.StopAsync();
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue(name);
        using var response = await Http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PutAsync(string path, string body, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Put, path, body, headers);

    public Task<Answer> PostAsync(string path, string? body = null) => SendAsync(HttpMethod.Post, path, body);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <summary>Writes a document as a hand in the store would.</summary>
    public Task<CommitResult> WriteAsync(string key, string value) => Store.CommitAsync(ChangeSet.Empty.With(new Change.Set(key, value)), CancellationToken.None);

    public async Task<JsonNode> ReadAsync(string key) => JsonNode.Parse((await Store.FindAsync(key, CancellationToken.None))!.Value)!;

    /// <summary>Registers "shop" on shop_back, all traffic on blue, observed.</summary>
    public async Task RegisterShopAsync()
    {
        (await PutAsync("/api/v1/apps/shop", """{"routing":{"backend":"shop_back"}}""")).Status.ShouldBe(HttpStatusCode.Created);
        await EventuallyAsync("/api/v1/apps/shop/status", status => status["observed"]!.GetValue<bool>(), "shop observed on every node");
    }

    /// <summary>Asks until the answer is as expected. Each question is a round trip, so that the server's workers get their turns; a clock that a test moves goes on by 50 ms.</summary>
    public async Task<JsonNode> EventuallyAsync(string path, Func<JsonNode, bool> expected, string theEvent)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            (Time as ManualTime)?.Advance(TimeSpan.FromMilliseconds(50));
            var answer = await GetAsync(path);
            if (answer.Json is { } json && answer.IsSuccess && expected(json)) return json;
            if (patience.IsCancellationRequested) throw new TimeoutException($"after 30 s still missing: {theEvent}; {path} answers {answer.Text}");
        }
    }

    /// <summary>Waits for something that is not asked over HTTP; each turn is a round trip to the server.</summary>
    public async Task EventuallyAsync(Func<bool> expected, string theEvent)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!expected())
        {
            (Time as ManualTime)?.Advance(TimeSpan.FromMilliseconds(50));
            await GetAsync("/healthz");
            if (patience.IsCancellationRequested) throw new TimeoutException($"after 30 s still missing: {theEvent}");
        }
    }

    private IEnumerable<string> Arguments()
    {
        yield return "--Urls=http://127.0.0.1:0";
        yield return $"--DataDirectory={Folder}";
        yield return "--Logging:Level=Fatal";
        yield return $"--Agent:Key={AgentKey}";
        yield return "--Agent:ProcessCheckInterval=00:00:00.020";
        yield return "--Agent:ReconcileInterval=00:00:01";
        foreach (var (node, index) in _balancers.Keys.Select((n, i) => (n, i)))
        {
            yield return $"--Agent:Nodes:{index}:Name={node}";
            yield return $"--Agent:Nodes:{index}:RuntimeApi=127.0.0.1:1";
        }
    }
}
