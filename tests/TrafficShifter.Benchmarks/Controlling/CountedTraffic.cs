using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Controlling;

/// <summary>Writes into VictoriaMetrics what an agent would have counted: every series that it exports of an application with a rollout, with the same rise in each interval.</summary>
/// <remarks>All counters once in an interval, shortly before a tile ends; the sign that the node receives its log, each second.</remarks>
internal sealed class CountedTraffic(Uri victoriaMetrics, string node, IReadOnlyList<AppName> apps) : IAsyncDisposable
{
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1.5);
    private readonly HttpClient _http = new() { BaseAddress = victoriaMetrics, Timeout = TimeSpan.FromSeconds(30) };
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(byte[] Line, long Rise)> _lines = [.. Lines(node, apps)];
    private Task _running = Task.CompletedTask;

    public int Series => _lines.Count;

    /// <summary>Returns when the first samples are there, a zero and a rise.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var end = NextEnd();
        for (var interval = -2; interval < 0; interval++) await WriteAsync(end + interval * ControllerFleet.Interval, cancellationToken);
        _running = Task.WhenAll(Task.Run(() => CountAsync(end), CancellationToken.None), Task.Run(BeatAsync, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _stop.Dispose();
    }

    private static DateTimeOffset NextEnd()
    {
        var ticks = ControllerFleet.Interval.Ticks;
        return new DateTimeOffset(DateTimeOffset.UtcNow.Ticks / ticks * ticks + ticks, TimeSpan.Zero);
    }

    private async Task CountAsync(DateTimeOffset end)
    {
        for (; !_stop.IsCancellationRequested; end += ControllerFleet.Interval)
        {
            if (end - Early - DateTimeOffset.UtcNow is var wait && wait > TimeSpan.Zero) await Task.Delay(wait, _stop.Token);
            await WriteAsync(end, _stop.Token);
        }
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do
        {
            await SendAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"{EvidenceSeries.Receiving}{{node=\"{node}\"}} 1\n{EvidenceSeries.Lost}{{node=\"{node}\",reason=\"unread\"}} 0\n")), _stop.Token);
        }
        while (await timer.WaitForNextTickAsync(_stop.Token));
    }

    /// <summary>The counters as they are shortly before <paramref name="end"/>.</summary>
    private async Task WriteAsync(DateTimeOffset end, CancellationToken cancellationToken)
    {
        var interval = end.Ticks / ControllerFleet.Interval.Ticks % 100_000;
        var tail = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {(end - Early).ToUnixTimeMilliseconds()}\n"));
        foreach (var some in _lines.Chunk(20_000))
        {
            var text = new ArrayBufferWriter<byte>(some.Length * 140);
            foreach (var (line, rise) in some)
            {
                text.Write(line);
                Utf8Formatter.TryFormat(interval * rise, text.GetSpan(24), out var written);
                text.Advance(written);
                text.Write(tail);
            }
            await SendAsync(text.WrittenMemory, cancellationToken);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(lines);
        using var answer = await _http.PostAsync("api/v1/import/prometheus", content, cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new PeerException($"VictoriaMetrics did not take the counters: {(int)answer.StatusCode}");
    }

    private static IEnumerable<(byte[], long)> Lines(string node, IReadOnlyList<AppName> apps) =>
        from app in apps
        from side in new[] { (Colour: "blue", Requests: 320), (Colour: "green", Requests: 80) }
        from series in SeriesOf($"node=\"{node}\",app=\"{app}\",colour=\"{side.Colour}\"", side.Requests).Concat(OwnOf($"app=\"{app}\",colour=\"{side.Colour}\"", side.Requests))
        select (Encoding.ASCII.GetBytes(series.Name + " "), series.Rise);

    /// <summary>What the team counts itself.</summary>
    private static IEnumerable<(string Name, long Rise)> OwnOf(string side, int requests)
    {
        yield return ($"bench_handled_total{{{side}}}", requests);
        yield return ($"bench_failed_total{{{side}}}", 0);
    }

    private static IEnumerable<(string Name, long Rise)> SeriesOf(string side, int requests)
    {
        foreach (var half in new[] { "a", "b" })
        {
            yield return ($"{EvidenceSeries.Requests}{{{side},half=\"{half}\"}}", requests / 2);
            yield return ($"{EvidenceSeries.Bad}{{{side},half=\"{half}\"}}", 0);
        }
        // Half of the answers in 10 to 15 ms, most of the others in 25 ms, a few in 100 ms.
        foreach (var bound in LatencyBounds.Seconds)
            yield return (string.Create(CultureInfo.InvariantCulture, $"{EvidenceSeries.LatencyBucket}{{{side},le=\"{bound}\"}}"), bound < 0.015 ? 0 : bound < 0.025 ? requests / 2 : bound < 0.1 ? requests * 39 / 40 : requests);
        yield return ($"{EvidenceSeries.LatencyBucket}{{{side},le=\"+Inf\"}}", requests);
        foreach (var result in new[] { "good", "bad" }) yield return ($"{EvidenceSeries.Targeted}{{{side},result=\"{result}\"}}", 0);
        yield return ($"{EvidenceSeries.FailedOver}{{{side}}}", 0);
    }
}
