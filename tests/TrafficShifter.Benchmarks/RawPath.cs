using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Benchmarks;

/// <summary>The floor: the same path made by hand. A raw write to Consul, a raw blocking query on one small key, a raw Runtime API command.</summary>
/// <remarks>The command goes through this repository's Runtime API client, which opens a connection per batch as the protocol asks.</remarks>
internal sealed class RawPath(Uri consul, string socket, string backend) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = consul };
    private readonly RuntimeApiClient _haproxy = new(RuntimeApiAddress.Parse(socket), new RuntimeApiOptions());

    /// <summary>From the write being sent to the weight being read back.</summary>
    public async Task ShiftAsync(int turn, CancellationToken cancellationToken)
    {
        var index = (await _http.GetAsync("/v1/kv/floor/feed", cancellationToken)).Headers.GetValues("X-Consul-Index").Single();
        var woken = _http.GetAsync($"/v1/kv/floor/feed?index={index}&wait=10s", cancellationToken);
        JsonArray operations = [Set("floor/weights", $"{{\"green\":{turn % 100}}}"), Set("floor/feed", $"{{\"n\":{turn}}}")];
        using var body = new StringContent(operations.ToJsonString(), Encoding.UTF8, "application/json");
        (await _http.PutAsync("/v1/txn", body, cancellationToken)).EnsureSuccessStatusCode();
        (await woken).EnsureSuccessStatusCode();
        (await _http.GetAsync("/v1/kv/floor/weights", cancellationToken)).EnsureSuccessStatusCode();
        await _haproxy.ExecuteAsync([$"set server {backend}/green1 weight {1 + turn % 100}"], cancellationToken);
        var read = await _haproxy.ExecuteAsync([$"get weight {backend}/green1"], cancellationToken);
        if (!read[0].StartsWith($"{1 + turn % 100} ", StringComparison.Ordinal)) throw new PeerException($"the floor read back \"{read[0]}\"");
    }

    /// <summary>What no rollback can do without: one transaction, one command. Nothing is waited for between them, and nothing is read back.</summary>
    public async Task<TimeSpan> RollBackAsync(int turn, CancellationToken cancellationToken)
    {
        JsonArray operations = [Set("floor/weights", $"{{\"green\":0,\"n\":{turn}}}"), Set("floor/feed", $"{{\"n\":{turn}}}")];
        using var body = new StringContent(operations.ToJsonString(), Encoding.UTF8, "application/json");
        var began = Stopwatch.GetTimestamp();
        (await _http.PutAsync("/v1/txn", body, cancellationToken)).EnsureSuccessStatusCode();
        await _haproxy.ExecuteAsync([$"set server {backend}/green1 weight {turn % 2}"], cancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }

    public void Dispose() => _http.Dispose();

    private static JsonObject Set(string key, string value) =>
        new() { ["KV"] = new JsonObject { ["Verb"] = "set", ["Key"] = key, ["Value"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) } };
}
