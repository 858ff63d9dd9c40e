using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Benchmarks.Propagation;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Benchmarks;

/// <summary>The floor: the same path made by hand. A raw write to Consul, a raw blocking query on one small key, a raw Runtime API command.</summary>
/// <remarks>The command goes through this repository's Runtime API client, which opens a connection per batch as the protocol asks.</remarks>
internal sealed class RawPath(Uri consul, string socket, string backend) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = consul };
    private readonly RuntimeApiClient _haproxy = new(RuntimeApiAddress.Parse(socket), new RuntimeApiOptions());
    private ulong _index;

    /// <summary>From the write being sent, with a blocking query on the feed's key held open, to the weight being read back. What is to be set needs no reading: the feed's key has it.</summary>
    public async Task<TimeSpan> ShiftAsync(int turn, CancellationToken cancellationToken)
    {
        if (_index == 0) _index = await BeginAsync(cancellationToken);
        var woken = _http.GetAsync($"/v1/kv/floor/feed?index={_index}&wait=10s", cancellationToken);
        await HeldAsync(woken, cancellationToken);
        JsonArray operations = [SeededConsul.Set("floor/weights", $"{{\"green\":{turn % 100}}}"), SeededConsul.Set("floor/feed", $"{{\"n\":{turn}}}")];
        using var body = new StringContent(operations.ToJsonString(), Encoding.UTF8, "application/json");

        var began = Stopwatch.GetTimestamp();
        var written = _http.PutAsync("/v1/txn", body, cancellationToken);
        using var feed = await woken;
        var read = await _haproxy.ExecuteAsync([$"set server {backend}/green1 weight {1 + turn % 100}", $"get weight {backend}/green1"], cancellationToken);
        (await written).EnsureSuccessStatusCode();
        var took = Stopwatch.GetElapsedTime(began);

        _index = IndexOf(feed);
        if (!read[1].StartsWith($"{1 + turn % 100} ", StringComparison.Ordinal)) throw new PeerException($"the floor read back \"{read[1]}\"");
        return took;
    }

    /// <summary>What no rollback can do without: one transaction, one command. Nothing is waited for between them, and nothing is read back.</summary>
    public async Task<TimeSpan> RollBackAsync(int turn, CancellationToken cancellationToken)
    {
        JsonArray operations = [SeededConsul.Set("floor/weights", $"{{\"green\":0,\"n\":{turn}}}"), SeededConsul.Set("floor/feed", $"{{\"n\":{turn}}}")];
        using var body = new StringContent(operations.ToJsonString(), Encoding.UTF8, "application/json");
        var began = Stopwatch.GetTimestamp();
        (await _http.PutAsync("/v1/txn", body, cancellationToken)).EnsureSuccessStatusCode();
        await _haproxy.ExecuteAsync([$"set server {backend}/green1 weight {turn % 2}"], cancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }

    public void Dispose() => _http.Dispose();

    private async Task<ulong> BeginAsync(CancellationToken cancellationToken)
    {
        using var nothing = new StringContent("{}");
        using var made = await _http.PutAsync("/v1/kv/floor/feed", nothing, cancellationToken);
        using var kept = await _http.GetAsync("/v1/kv/floor/feed", cancellationToken);
        return IndexOf(kept);
    }

    /// <summary>A blocking query is with Consul a moment after it was sent; an answer within that moment is one that nobody waited for.</summary>
    private static async Task HeldAsync(Task<HttpResponseMessage> woken, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        if (woken.IsCompleted) throw new PeerException("Consul did not hold the blocking query of the floor");
    }

    private static ulong IndexOf(HttpResponseMessage answer) => ulong.Parse(answer.Headers.GetValues("X-Consul-Index").Single(), CultureInfo.InvariantCulture);
}
