using System.Net;
using System.Text;

namespace TrafficShifter.Consul;

/// <summary><c>/v1/kv</c>.</summary>
public sealed class KVEndpoint
{
    private readonly ConsulTransport _transport;

    internal KVEndpoint(ConsulTransport transport) => _transport = transport;

    /// <summary>One key; null when there is none.</summary>
    public async Task<QueryResult<KVPair?>> GetAsync(string key, CancellationToken cancellationToken)
    {
        var reply = await _transport.ReadAsync(PathOf(key), "", r => r.IsNotFound, cancellationToken);
        return new(reply.IsOk ? reply.Read<KVPair[]>(pairs => pairs is [{ } only] && only.Key == key)[0] : null, reply.GetIndex());
    }

    /// <summary>All keys that begin with <paramref name="prefix"/>; with options, a blocking query.</summary>
    /// <remarks>No keys and no right to read them look alike (404), so an empty answer is confirmed by asking for one key, which is refused aloud.</remarks>
    public async Task<QueryResult<IReadOnlyList<KVPair>>> ListAsync(string prefix, QueryOptions? options, CancellationToken cancellationToken)
    {
        var reply = await QueryAsync(prefix, "recurse=", options, cancellationToken);
        if (reply.IsOk) return new(reply.Read<KVPair[]>(pairs => Array.TrueForAll(pairs, pair => pair?.Key.StartsWith(prefix, StringComparison.Ordinal) == true)), reply.GetIndex());
        await GetAsync(prefix, cancellationToken);
        return new([], reply.GetIndex());
    }

    /// <summary>The names of the keys that begin with <paramref name="prefix"/>, cut after the first <paramref name="separator"/> behind it.</summary>
    public async Task<QueryResult<IReadOnlyList<string>>> KeysAsync(string prefix, string separator, QueryOptions? options, CancellationToken cancellationToken)
    {
        var reply = await QueryAsync(prefix, $"keys=&separator={Uri.EscapeDataString(separator)}", options, cancellationToken);
        return new(reply.IsOk ? reply.Read<string[]>(names => Array.TrueForAll(names, name => name?.StartsWith(prefix, StringComparison.Ordinal) == true)) : [], reply.GetIndex());
    }

    /// <summary>Writes the key and locks it. Also for the session that holds it already: then it writes the value.</summary>
    public async Task<AcquireOutcome> AcquireAsync(string key, string value, string session, CancellationToken cancellationToken)
    {
        var reply = await _transport.SendAsync(
            HttpMethod.Put, PathOf(key), $"acquire={Uri.EscapeDataString(session)}", Encoding.UTF8.GetBytes(value), cancellationToken);
        // 500 invalid session "adf6…"
        if (reply.Status == HttpStatusCode.InternalServerError && reply.Text.Contains("invalid session", StringComparison.Ordinal)) return AcquireOutcome.SessionGone;
        return reply.OrThrow().Read<bool>() ? AcquireOutcome.Acquired : AcquireOutcome.HeldByAnother;
    }

    private async Task<ConsulReply> QueryAsync(string prefix, string query, QueryOptions? options, CancellationToken cancellationToken)
    {
        if (options is null) return await _transport.ReadAsync(PathOf(prefix), query, r => r.IsNotFound, cancellationToken);
        var reply = await _transport.BlockAsync(PathOf(prefix), query, options.WaitIndex, options.WaitTime, cancellationToken);
        return reply.OrThrowUnless(r => r.IsNotFound);
    }

    private static string PathOf(string key)
    {
        var segments = key.Split('/');
        // "a/../b" and "a//b" would be another key by the time Consul reads the path.
        if (Array.IndexOf(segments, "") is >= 0 and var empty && empty < segments.Length - 1 || segments.Any(segment => segment is "." or ".."))
            throw new ArgumentException($"\"{key}\" cannot be a key: it has an empty, \".\" or \"..\" part");
        return "/v1/kv/" + string.Join('/', segments.Select(Uri.EscapeDataString));
    }
}
