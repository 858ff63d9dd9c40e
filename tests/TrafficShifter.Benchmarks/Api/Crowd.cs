using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks.Api;

/// <summary>Many programs that each follow the events over a connection of their own.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ApiStack _stack;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _reading = [];
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Heard> _heard = [];
    private double _megabytesBefore;
    private int _streams;

    private Crowd(ApiStack stack)
    {
        _stack = stack;
        _http = new HttpClient { BaseAddress = stack.Server.Address, Timeout = Timeout.InfiniteTimeSpan, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", stack.Token) } };
    }

    public static async Task<Crowd> JoinAsync(ApiStack stack, int streams, CancellationToken cancellationToken)
    {
        var crowd = new Crowd(stack) { _streams = streams, _megabytesBefore = ProcessCpu.ReadMegabytes(stack.Server.Pid) };
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, streams), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (_, token) => await crowd.JoinAsync(token));
            return crowd;
        }
        catch
        {
            await crowd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Single changes, one after the other; then many by 16 clients at once.</summary>
    public async Task<Told> MeasureAsync(int changes, int burst, CancellationToken cancellationToken)
    {
        var kib = (ProcessCpu.ReadMegabytes(_stack.Server.Pid) - _megabytesBefore) * 1024 / _streams;
        using var api = new DemoApi(_stack.Server.Address, _stack.Token);
        using var floor = new RawWake(_stack.Consul.Address);
        var (first, last, raw, cpu) = (new Percentiles(), new Percentiles(), new Percentiles(), 0.0);
        for (var turn = 0; turn < changes; turn++)
        {
            // The change before is over and told: an api reads the events ten times a second at most.
            await Task.Delay(120 + turn * 7 % 60, cancellationToken);
            var (before, sent) = (ProcessCpu.ReadMicroseconds(_stack.Server.Pid), Stopwatch.GetTimestamp());
            var heard = await ShiftAsync(api, 0, $"alone {turn}", turn, cancellationToken);
            await heard.All.Task.WaitAsync(Patience, cancellationToken);
            first.Add(Stopwatch.GetElapsedTime(sent, heard.FirstAt));
            last.Add(Stopwatch.GetElapsedTime(sent, heard.LastAt));
            cpu += (ProcessCpu.ReadMicroseconds(_stack.Server.Pid) - before) / 1000;
            raw.Add(await floor.WakeAsync(turn, cancellationToken));
        }
        var (perSecond, lag) = await BurstAsync(api, burst, cancellationToken);
        return new Told(_streams, first, last, raw, CountMissing(), cpu / changes, kib, perSecond, lag);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_reading);
        _http.Dispose();
        _end.Dispose();
    }

    private async Task<(double PerSecond, double LagMs)> BurstAsync(DemoApi api, int burst, CancellationToken cancellationToken)
    {
        var all = new List<Heard>();
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, burst), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken }, async (n, token) =>
        {
            var heard = await ShiftAsync(api, 1 + n % (_stack.Apps.Count - 1), $"burst {n}", n, token);
            lock (all) all.Add(heard);
        });
        var ended = Stopwatch.GetTimestamp();
        // Whoever misses one is counted, not waited for for ever.
        await Task.WhenAll(all.Select(h => h.All.Task)).WaitAsync(Patience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return (burst / Stopwatch.GetElapsedTime(began, ended).TotalSeconds, Math.Max(0, Stopwatch.GetElapsedTime(ended, all.Max(h => h.LastAt)).TotalMilliseconds));
    }

    /// <summary>A shift whose reason tells its event from all others.</summary>
    private async Task<Heard> ShiftAsync(DemoApi api, int app, string reason, int turn, CancellationToken cancellationToken)
    {
        var heard = new Heard(_streams);
        lock (_gate) _heard[reason] = heard;
        await api.PutAsync($"apps/{_stack.Apps[app]}/weights", new JsonObject { ["blue"] = 500_000, ["green"] = 400_000 + turn, ["reason"] = reason }, cancellationToken);
        return heard;
    }

    private long CountMissing()
    {
        lock (_gate) return _heard.Values.Sum(h => (long)_streams - h.Count);
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        var reader = new StreamReader(await _http.GetStreamAsync("api/v1/events", cancellationToken));
        // What is told from here on is told to us: the stream has said where it begins.
        while (await reader.ReadLineAsync(cancellationToken) is { } line && !line.StartsWith("id:", StringComparison.Ordinal)) { }
        lock (_gate) _reading.Add(Task.Run(() => ReadAsync(reader), CancellationToken.None));
    }

    private async Task ReadAsync(StreamReader reader)
    {
        const string Mark = "\"reason\":\"";
        using var owned = reader;
        try
        {
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                if (!line.StartsWith("data:", StringComparison.Ordinal) || line.IndexOf(Mark, StringComparison.Ordinal) is not (> 0 and var at)) continue;
                var now = Stopwatch.GetTimestamp();
                var reason = line[(at + Mark.Length)..line.IndexOf('"', at + Mark.Length)];
                lock (_gate) _heard.GetValueOrDefault(reason)?.Note(now);
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or HttpRequestException)
        {
            // What it did not hear is counted as missing.
        }
    }

    /// <summary>When the streams had one event. Under the crowd's gate.</summary>
    private sealed class Heard(int streams)
    {
        public TaskCompletionSource All { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count { get; private set; }

        public long FirstAt { get; private set; }

        public long LastAt { get; private set; }

        public void Note(long now)
        {
            if (++Count == 1) FirstAt = now;
            LastAt = now;
            if (Count == streams) All.TrySetResult();
        }
    }
}
