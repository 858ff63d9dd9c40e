using System.ComponentModel.DataAnnotations;
using System.Net;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary>A thin client of Consul's HTTP API, in Consul's own words: KV, Txn, Session, ACL. Keys are full keys.</summary>
/// <remarks>
/// Every method throws <see cref="StoreUnavailableException"/> when Consul is away, has no leader or does not answer in time,
/// and <see cref="StoreRefusedException"/> when it refuses. Reads use the default consistency, never <c>stale</c>, and are tried once more; writes are not.
/// </remarks>
public sealed class ConsulClient
{
    private readonly ConsulTransport _transport;

    /// <param name="http">Its own time-out is switched off: a blocking query outlives the default. See <see cref="CreateHttp"/>.</param>
    /// <exception cref="ValidationException">An option is out of its range.</exception>
    public ConsulClient(ConsulOptions options, HttpClient http, TimeProvider time)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        if (http.Timeout != Timeout.InfiniteTimeSpan) http.Timeout = Timeout.InfiniteTimeSpan;
        Options = options;
        _transport = new ConsulTransport(options, http, time);
        KV = new KVEndpoint(_transport);
        Txn = new TxnEndpoint(_transport);
        Session = new SessionEndpoint(_transport);
    }

    public ConsulOptions Options { get; }

    /// <summary>What people know it by, in sentences: <c>Consul http://127.0.0.1:8500</c>.</summary>
    public string Name => _transport.Name;

    public KVEndpoint KV { get; }

    public TxnEndpoint Txn { get; }

    public SessionEndpoint Session { get; }

    /// <summary>An HttpClient fit for blocking queries: no proxy, no redirects, below Consul's limit of 200 connections per client address.</summary>
    public static HttpClient CreateHttp()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            MaxConnectionsPerServer = 100,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Asks at start-up whether Consul answers and takes the token.</summary>
    /// <remarks>Without rights a listing looks like "no data" (404, empty), so this is asked by a single key, which is refused aloud (403).</remarks>
    /// <exception cref="StoreRefusedException">The token is unknown, or may not read the prefix.</exception>
    public async Task CheckAccessAsync(CancellationToken cancellationToken)
    {
        // 401 "ACL support disabled": every token is as good as none.
        if (Options.Token is { Length: > 0 })
            await _transport.ReadAsync("/v1/acl/token/self", "", reply => reply.Status == HttpStatusCode.Unauthorized, cancellationToken);
        await KV.GetAsync(Options.Prefix, cancellationToken);
    }
}
