using System.Diagnostics;
using System.Text;

namespace TrafficShifter.Benchmarks.Api;

/// <summary>The floor of an event: a raw write to Consul, and a raw blocking query that has it.</summary>
internal sealed class RawWake(Uri consul) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = consul };

    /// <summary>From the write being sent to the value being there.</summary>
    public async Task<TimeSpan> WakeAsync(int turn, CancellationToken cancellationToken)
    {
        using var now = await _http.GetAsync("/v1/kv/floor/event", cancellationToken);
        var woken = _http.GetStringAsync($"/v1/kv/floor/event?index={now.Headers.GetValues("X-Consul-Index").Single()}&wait=10s", cancellationToken);
        using var body = new StringContent($"{{\"n\":{turn}}}", Encoding.UTF8);
        var began = Stopwatch.GetTimestamp();
        using var written = await _http.PutAsync("/v1/kv/floor/event", body, cancellationToken);
        await woken;
        return Stopwatch.GetElapsedTime(began);
    }

    public void Dispose() => _http.Dispose();
}
