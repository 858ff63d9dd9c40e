using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Benchmarks.Propagation;

/// <summary>The peer: what consul-template does. A blocking query on the whole prefix, whose answer has every key; what changed is pushed by the Runtime API, and read back.</summary>
/// <remarks>consul-template itself is not started: it would add its rendering, its command and its time between two renderings to this.</remarks>
internal sealed class PrefixWatcher(Uri consul, string socket, string backend, int apps) : IDisposable
{
    private const string Prefix = "peer/";
    private readonly HttpClient _http = new() { BaseAddress = consul };
    private readonly RuntimeApiClient _haproxy = new(RuntimeApiAddress.Parse(socket), new RuntimeApiOptions());
    private Dictionary<string, ulong> _known = [];
    private ulong _index;

    public Task SeedAsync(CancellationToken cancellationToken) =>
        SeededConsul.WriteAsync(consul, Enumerable.Range(1, apps).Select(app => (KeyOf(app), ValueOf(0))), cancellationToken);

    /// <summary>From one key's write being sent to the weight being read back, by way of the prefix.</summary>
    public async Task<TimeSpan> ShiftAsync(int turn, CancellationToken cancellationToken)
    {
        if (_index == 0) await ReadAsync(null, cancellationToken);
        var woken = ReadAsync(_index, cancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        using var body = new StringContent(ValueOf(1 + turn), Encoding.UTF8, "application/json");

        var began = Stopwatch.GetTimestamp();
        var written = _http.PutAsync($"/v1/kv/{KeyOf(1 + turn % apps)}", body, cancellationToken);
        var changed = (await woken).Single();
        var weight = 1 + (JsonDocument.Parse(changed).RootElement.GetProperty("green").GetInt32() - 1) % 100;
        var read = await _haproxy.ExecuteAsync([$"set server {backend}/green1 weight {weight}", $"get weight {backend}/green1"], cancellationToken);
        (await written).EnsureSuccessStatusCode();
        var took = Stopwatch.GetElapsedTime(began);

        if (!read[1].StartsWith($"{1 + turn % 100} ", StringComparison.Ordinal)) throw new PeerException($"the watcher of the prefix read back \"{read[1]}\"");
        return took;
    }

    public void Dispose() => _http.Dispose();

    private static string KeyOf(int app) => Prefix + SeededConsul.NameOf(app);

    /// <summary>As large as what the API writes.</summary>
    private static string ValueOf(int turn) =>
        DocumentJson.Write(new Weights { Blue = 100, Green = turn, By = "bench", Reason = "registered", At = DateTimeOffset.UnixEpoch, Change = string.Create(CultureInfo.InvariantCulture, $"seed-{turn + 1:D20}") });

    /// <summary>Reads all keys, once the index has passed; returns the values of those that changed.</summary>
    private async Task<List<byte[]>> ReadAsync(ulong? index, CancellationToken cancellationToken)
    {
        var query = index is { } held ? string.Create(CultureInfo.InvariantCulture, $"&index={held}&wait=60s") : "";
        using var answer = await _http.GetAsync($"/v1/kv/{Prefix}?recurse=true{query}", cancellationToken);
        using var all = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        var (next, changed) = (new Dictionary<string, ulong>(_known.Count), new List<byte[]>());
        foreach (var pair in all.RootElement.EnumerateArray())
        {
            var (key, version) = (pair.GetProperty("Key").GetString()!, pair.GetProperty("ModifyIndex").GetUInt64());
            next[key] = version;
            if (_known.GetValueOrDefault(key) != version) changed.Add(pair.GetProperty("Value").GetBytesFromBase64());
        }
        (_known, _index) = (next, ulong.Parse(answer.Headers.GetValues("X-Consul-Index").Single(), CultureInfo.InvariantCulture));
        return changed;
    }
}
