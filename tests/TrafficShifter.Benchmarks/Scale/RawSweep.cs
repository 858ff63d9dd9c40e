using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>The floor of the sweep: the very transactions that the sweep wrote, as many operations of as many bytes, to keys of its own that nobody follows, by a bare HTTP client.</summary>
internal sealed class RawSweep(Uri consul) : IDisposable
{
    private const string Prefix = "floor/";
    private readonly HttpClient _http = new() { BaseAddress = consul };

    /// <summary>Reads what the sweep left, and makes the bodies that would write as much again.</summary>
    /// <param name="states">The states that were swept, with the keys and values that they have now.</param>
    /// <param name="history">As many history entries of the sweep.</param>
    public static IReadOnlyList<IReadOnlyList<RawOperation>> Plan(IReadOnlyList<Entry> states, IReadOnlyList<Entry> history, string feed, string outbox)
    {
        // One fence, one check of the rollback and an outbox entry beside two operations for each application; a feed entry at the end.
        const int Applications = (ChangeSet.MaxOperations - 3) / 2;
        var writes = states.Zip(history).Chunk(Applications).Select((some, number) => (IReadOnlyList<RawOperation>)
        [
            RawOperation.Set(Prefix + "check", "1"), RawOperation.Set(Prefix + "fence", "1"),
            .. some.SelectMany(pair => new[] { RawOperation.Set(Prefix + pair.First.Key, pair.First.Value), RawOperation.Set(Prefix + pair.Second.Key, pair.Second.Value) }),
            RawOperation.Set($"{Prefix}outbox/{number}", outbox),
        ]);
        return [.. writes, [RawOperation.Set($"{Prefix}feed/0", feed)]];
    }

    public async Task<TimeSpan> RunAsync(IReadOnlyList<IReadOnlyList<RawOperation>> transactions, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var operations in transactions)
        {
            using var reply = await _http.PutAsJsonAsync("/v1/txn", operations, cancellationToken);
            if (!reply.IsSuccessStatusCode) throw new PeerException($"Consul did not take the floor of the sweep: {await reply.Content.ReadAsStringAsync(cancellationToken)}");
            await reply.Content.ReadAsByteArrayAsync(cancellationToken);
        }
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Takes away what the floor wrote, so that the next round meets a store of the same size.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken) => (await _http.DeleteAsync($"/v1/kv/{Prefix}?recurse=", cancellationToken)).EnsureSuccessStatusCode();

    public void Dispose() => _http.Dispose();
}

/// <summary>One operation of a raw transaction.</summary>
internal sealed record RawOperation([property: JsonPropertyName("KV")] RawSet KV)
{
    public static RawOperation Set(string key, string value) => new(new RawSet("set", key, Convert.ToBase64String(Encoding.UTF8.GetBytes(value))));
}

internal sealed record RawSet([property: JsonPropertyName("Verb")] string Verb, [property: JsonPropertyName("Key")] string Key, [property: JsonPropertyName("Value")] string Value);
