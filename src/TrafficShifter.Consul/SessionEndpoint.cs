using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrafficShifter.Consul;

/// <summary><c>/v1/session</c>.</summary>
public sealed class SessionEndpoint
{
    private readonly ConsulTransport _transport;

    internal SessionEndpoint(ConsulTransport transport) => _transport = transport;

    /// <summary>Creates a session that ends when it is not renewed for <paramref name="ttl"/> to twice that. No lock delay.</summary>
    /// <remarks>It hangs on no health check: a Consul agent that restarts, or is slow to gossip, does not end it.</remarks>
    /// <param name="ttl">10 s to 24 h: Consul's own limits.</param>
    public async Task<string> CreateAsync(string name, TimeSpan ttl, SessionBehavior behavior, CancellationToken cancellationToken)
    {
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{(long)ttl.TotalSeconds}s");
        var body = JsonSerializer.SerializeToUtf8Bytes(new { Name = name, TTL = seconds, LockDelay = "0s", Behavior = behavior, NodeChecks = Array.Empty<string>() });
        var reply = await _transport.SendAsync(HttpMethod.Put, "/v1/session/create", "", body, cancellationToken);
        return reply.OrThrow().Read<SessionEntry>(session => session.ID.Length > 0).ID;
    }

    /// <summary>False when the session is gone.</summary>
    public async Task<bool> RenewAsync(string session, CancellationToken cancellationToken)
    {
        var reply = await _transport.SendAsync(HttpMethod.Put, $"/v1/session/renew/{Uri.EscapeDataString(session)}", "", null, cancellationToken);
        // It may be another store under the same address, in which the index of a query that waits means nothing.
        if (reply.IsNotFound) _transport.Doubt();
        return reply.OrThrowUnless(r => r.IsNotFound).IsOk;
    }

    /// <summary>Ends a session, one's own or another's. One that is gone already is no error.</summary>
    public async Task DestroyAsync(string session, CancellationToken cancellationToken)
    {
        var reply = await _transport.SendAsync(HttpMethod.Put, $"/v1/session/destroy/{Uri.EscapeDataString(session)}", "", null, cancellationToken);
        reply.OrThrowUnless(r => r.IsNotFound);
    }

    /// <summary>Null when there is no such session.</summary>
    public async Task<SessionEntry?> InfoAsync(string session, CancellationToken cancellationToken)
    {
        var reply = await _transport.ReadAsync($"/v1/session/info/{Uri.EscapeDataString(session)}", "", r => r.IsNotFound, cancellationToken);
        return reply.IsOk ? reply.Read<SessionEntry[]>(sessions => sessions.Length <= 1 && !sessions.Contains(null)).SingleOrDefault() : null;
    }
}

/// <summary>What happens to the keys that a session holds when it ends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SessionBehavior>))]
public enum SessionBehavior
{
    [JsonStringEnumMemberName("release")] Release,
    [JsonStringEnumMemberName("delete")] Delete,
}

/// <summary>A session as Consul returns it.</summary>
public sealed record SessionEntry
{
    public required string ID { get; init; }

    public string? Name { get; init; }

    public string? Node { get; init; }

    /// <summary><c>15s</c>.</summary>
    public string? TTL { get; init; }

    public SessionBehavior? Behavior { get; init; }
}
