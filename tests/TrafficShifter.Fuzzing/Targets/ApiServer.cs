using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>A whole server in this process, whose store tells what requests have written.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz-api-").FullName;
    private readonly InMemoryLoadBalancer _haproxy = new() { HasMaps = true };
    private readonly LastFailure _failure = new();
    private IReadOnlyList<string>? _calls;
    private WatchedStore? _store;
    private WebApplication? _app;

    public Uri Address => new(_app!.Urls.Single());

    public string Token => File.ReadAllText(Path.Combine(_folder, "admin.token")).Trim();

    /// <summary>Transactions that requests, and not workers, brought into the store.</summary>
    public int Written => _store!.Written;

    /// <summary>Every call that changes something: <c>PUT /api/v1/apps/{app}</c>.</summary>
    public IReadOnlyList<string> Calls => _calls ??= [.. _app!.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Where(m => m is not ("GET" or "HEAD" or "OPTIONS")).Select(m => $"{m} /{e.RoutePattern.RawText?.TrimStart('/')}")).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What the server threw last and did not expect.</summary>
    public Exception? Failure => _failure.Exception;

    public static async Task<ApiServer> StartAsync()
    {
        var server = new ApiServer();
        foreach (var backend in new[] { "shop_back", "cart_back", "web_blue", "web_green" }) server._haproxy.HAProxy.Configure(backend, ("blue1", 100), ("green1", 100));
        string[] settings = ["--Urls=http://127.0.0.1:0", $"--DataDirectory={server._folder}", "--Logging:Level=Fatal", "--Agent:Nodes:0:Name=hap1", "--Agent:Nodes:0:RuntimeApi=127.0.0.1:1", $"--Agent:Nodes:0:Maps={server._folder}/maps"];
        server._app = ServerHost.Build(settings, services =>
        {
            services.AddHttpContextAccessor();
            services.AddSingleton<ILoggerProvider>(server._failure);
            services.AddSingleton<IMetricSource>(new InMemoryMetricSource(TimeProvider.System));
            services.AddSingleton<LoadBalancerFactory>(_ => server._haproxy);
            services.AddSingleton<ITrafficStore>(provider => server._store = new WatchedStore(provider.GetRequiredService<EmbeddedTrafficStore>(), provider.GetRequiredService<IHttpContextAccessor>()));
        });
        await server._app.StartAsync();
        await Awaiting.ForAsync(server._app.Services.GetRequiredService<TrafficFollower>().FirstRead, "the store's first reading");
        await Awaiting.ForAsync(server._app.Services.GetRequiredService<Tokens>().Ready, "the first token");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class LastFailure : ILoggerProvider, ILogger
    {
        public Exception? Exception { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Exception = exception ?? Exception;

        public void Dispose()
        {
        }
    }

    private sealed class WatchedStore(ITrafficStore inner, IHttpContextAccessor requests) : ITrafficStore
    {
        private int _written;

        public int Written => Volatile.Read(ref _written);

        public string Name => inner.Name;

        public Task<Entry?> FindAsync(string key, CancellationToken cancellationToken) => inner.FindAsync(key, cancellationToken);

        public Task<IReadOnlyList<Entry>> FindAllAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => inner.FindAllAsync(keys, cancellationToken);

        public Task<Listing> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

        public Task<IReadOnlyList<Entry>> ListAllAsync(IReadOnlyCollection<string> prefixes, CancellationToken cancellationToken) => inner.ListAllAsync(prefixes, cancellationToken);

        public Task<IReadOnlyList<string>> ListNamesAsync(string prefix, CancellationToken cancellationToken) => inner.ListNamesAsync(prefix, cancellationToken);

        public Task<Listing> WaitAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken) => inner.WaitAsync(prefix, index, wait, cancellationToken);

        public Task<ulong> WaitForChangeAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken) => inner.WaitForChangeAsync(prefix, index, wait, cancellationToken);

        public async Task<CommitResult> CommitAsync(ChangeSet changes, CancellationToken cancellationToken)
        {
            var result = await inner.CommitAsync(changes, cancellationToken);
            if (result is CommitResult.Committed && requests.HttpContext is not null) Interlocked.Increment(ref _written);
            return result;
        }

        public Task<bool> TryHoldAsync(string key, string value, CancellationToken cancellationToken) => inner.TryHoldAsync(key, value, cancellationToken);

        public Task ReleaseAsync(string key, CancellationToken cancellationToken) => inner.ReleaseAsync(key, cancellationToken);
    }
}
