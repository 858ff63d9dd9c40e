using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace TrafficShifter.Benchmarks.Fleet;

/// <summary>One raw write, heard by many raw blocking queries over connections of their own, spread over the servers.</summary>
/// <param name="watched">What each query waits for: one key, or a whole prefix with <c>recurse</c>.</param>
/// <param name="read">What each reads once it was woken; null: the query had it.</param>
internal sealed class RawWatchers(IReadOnlyList<Uri> consuls, int count, string watched, string? read) : IDisposable
{
    private readonly List<HttpClient> _http = [.. Enumerable.Range(0, count).Select(n => new HttpClient { BaseAddress = consuls[n % consuls.Count] })];
    private readonly HttpClient _writer = new() { BaseAddress = consuls[0] };

    /// <summary>From the write being sent to the last watcher having read what changed.</summary>
    public async Task<TimeSpan> ShiftAsync(IReadOnlyList<string> keys, int turn, CancellationToken cancellationToken)
    {
        using var now = await _writer.GetAsync($"/v1/kv/{watched}", cancellationToken);
        var index = now.Headers.GetValues("X-Consul-Index").Single();
        var woken = _http.Select(http => WaitAsync(http, index, cancellationToken)).ToList();
        var operations = new JsonArray([.. keys.Select(key => (JsonNode)new JsonObject { ["KV"] = new JsonObject { ["Verb"] = "set", ["Key"] = key, ["Value"] = Value(turn) } })]);
        using var body = new StringContent(operations.ToJsonString(), Encoding.UTF8, "application/json");
        var began = Stopwatch.GetTimestamp();
        using var written = await _writer.PutAsync("/v1/txn", body, cancellationToken);
        written.EnsureSuccessStatusCode();
        await Task.WhenAll(woken);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>As long as a weights document.</summary>
    public static string Value(int turn) => Convert.ToBase64String(Encoding.UTF8.GetBytes(turn.ToString("D8", CultureInfo.InvariantCulture) + new string('.', 152)));

    public void Dispose()
    {
        foreach (var http in _http) http.Dispose();
        _writer.Dispose();
    }

    private async Task WaitAsync(HttpClient http, string index, CancellationToken cancellationToken)
    {
        var separator = watched.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        await http.GetByteArrayAsync($"/v1/kv/{watched}{separator}index={index}&wait=10s", cancellationToken);
        if (read is not null) await http.GetByteArrayAsync($"/v1/kv/{read}", cancellationToken);
    }
}
