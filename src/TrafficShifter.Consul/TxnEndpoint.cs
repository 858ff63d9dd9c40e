using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary><c>/v1/txn</c>.</summary>
public sealed class TxnEndpoint
{
    private const string Path = "/v1/txn";
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private readonly ConsulTransport _transport;

    internal TxnEndpoint(ConsulTransport transport) => _transport = transport;

    /// <summary>Does all operations or none. Operations that failed are in <see cref="TxnResponse.Errors"/>; then nothing was written.</summary>
    /// <exception cref="StoreRefusedException">The token may not do one of them, or they are too many or too large.</exception>
    public async Task<TxnResponse> CommitAsync(IReadOnlyList<KVTxnOp> operations, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(operations.Select(operation => new { KV = operation }), Json);
        var reply = await _transport.SendAsync(HttpMethod.Put, Path, "", body, cancellationToken);
        var response = reply.OrThrowUnless(r => r.Status == HttpStatusCode.Conflict).Read<TxnResponse>(said => IsWhole(said, operations, reply.IsOk));
        // A right that is missing comes back like a lost race: 409 with "Permission denied" for the operation.
        if (response.Errors?.FirstOrDefault(error => error.What.Contains("Permission denied", StringComparison.Ordinal)) is { } denied)
            throw reply.Refused($"{denied.What} ({operations[denied.OpIndex].Verb} {operations[denied.OpIndex].Key})");
        return response;
    }

    /// <summary>Errors name operations that were sent; without errors every key that was to be written has a result. Anything else says nothing of what was done.</summary>
    private static bool IsWhole(TxnResponse said, IReadOnlyList<KVTxnOp> operations, bool isDone)
    {
        if (said.Errors is { Count: > 0 } errors) return errors.All(error => error is not null && error.OpIndex >= 0 && error.OpIndex < operations.Count);
        var results = said.Results ?? [];
        if (!isDone || results.Contains(null!)) return false;
        var written = results.Select(result => result.KV?.Key).ToHashSet();
        return operations.All(operation => operation.Verb is not ("set" or "cas") || written.Contains(operation.Key));
    }

    /// <summary>Reads up to 64 keys at one moment; one that is not there is left out. Never stale, like every other read. Null when Consul kept one back: a token that may not read a key is told nothing of it.</summary>
    public async Task<IReadOnlyList<KVPair>?> GetAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var asked = keys;
        while (asked.Count > 0)
        {
            var response = await CommitAsync([.. asked.Select(key => new KVTxnOp("get", key))], cancellationToken);
            if (response.Errors is not { Count: > 0 } errors)
            {
                var read = (response.Results ?? []).Select(result => result.KV).OfType<KVPair>().ToList();
                return read.Count == asked.Count ? read : null;
            }
            // A key that is not there fails the whole transaction ("key "p/a" doesn't exist"), and all such keys are named: the others are asked for again.
            var gone = errors.Select(error => error.OpIndex).ToHashSet();
            asked = [.. asked.Where((_, index) => !gone.Contains(index))];
        }
        return [];
    }

    /// <summary>All keys that begin with one of up to 64 prefixes, at one moment; what the token may not read is left out without a word. Never stale.</summary>
    public async Task<IReadOnlyList<KVPair>> ListAsync(IReadOnlyList<string> prefixes, CancellationToken cancellationToken)
    {
        if (prefixes.Count == 0) return [];
        var response = await CommitAsync([.. prefixes.Select(prefix => new KVTxnOp("get-tree", prefix))], cancellationToken);
        if (response.Errors is { Count: > 0 } errors) throw new StoreUnavailableException($"{_transport.Name} did not read {prefixes[errors[0].OpIndex]}: {errors[0].What}");
        var pairs = (response.Results ?? []).Select(result => result.KV).OfType<KVPair>().ToList();
        return pairs.TrueForAll(pair => prefixes.Any(prefix => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
            ? pairs
            : throw new StoreUnavailableException($"{_transport.Name} answered with keys that were not asked for");
    }
}

/// <summary>One KV operation of a transaction.</summary>
/// <param name="Verb"><c>set</c>, <c>cas</c>, <c>delete-cas</c>, <c>check-index</c>, <c>check-not-exists</c>, <c>check-session</c>, <c>get</c>, <c>get-tree</c>.</param>
/// <param name="Value">Base64 in JSON.</param>
public sealed record KVTxnOp(string Verb, string Key, ReadOnlyMemory<byte>? Value = null, ulong? Index = null, string? Session = null);

/// <summary>What <c>PUT /v1/txn</c> answers: <c>{"Results":[{"KV":{"Key":"p/a",…,"ModifyIndex":14}}],"Errors":null}</c>.</summary>
/// <remarks>Results do not line up with the operations: removals and check-not-exists have none.</remarks>
public sealed record TxnResponse
{
    public IReadOnlyList<TxnResult>? Results { get; init; }

    public IReadOnlyList<TxnError>? Errors { get; init; }
}

public sealed record TxnResult
{
    public KVPair? KV { get; init; }
}

/// <param name="OpIndex">Which operation failed, from 0.</param>
/// <param name="What">Consul's words: <c>failed to set key "p/a", index is stale</c>.</param>
public sealed record TxnError(int OpIndex, string What);
