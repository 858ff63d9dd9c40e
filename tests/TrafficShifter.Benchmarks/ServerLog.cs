using System.Collections.Concurrent;
using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>What a server says of its writes in its log (<c>Logging:Format</c> json, level Debug), by the server's own timestamps; all run on one machine, and so on one clock.</summary>
internal sealed class ServerLog
{
    private const int RolloutDecided = 310;
    private const int RollbackWritten = 142;
    private const int Heard = 104;
    private const int Observed = 200;

    private readonly string _name;
    private readonly ConcurrentDictionary<ulong, DateTimeOffset> _committed = new();
    private readonly ConcurrentDictionary<(string App, ulong Index), DateTimeOffset> _observed = new();
    private readonly ConcurrentQueue<(ulong Index, DateTimeOffset At)> _heard = new();

    public ServerLog(ServerProcess server)
    {
        _name = server.Name;
        server.LineWritten += Take;
    }

    /// <summary>When the transaction of this index was known to be written, to who wrote it.</summary>
    public Task<DateTimeOffset> CommittedAsync(ulong index, CancellationToken cancellationToken) =>
        SeeAsync($"the write at index {index}", () => _committed.TryGetValue(index, out var at) ? at : null, cancellationToken);

    /// <summary>When the server had read what was written at this index.</summary>
    public Task<DateTimeOffset> HeardAsync(ulong index, CancellationToken cancellationToken) =>
        SeeAsync($"hearing of index {index}", () => _heard.FirstOrDefault(h => h.Index >= index) is { Index: > 0 } heard ? heard.At : null, cancellationToken);

    /// <summary>When the weights that follow from this index were read back from HAProxy.</summary>
    public Task<DateTimeOffset> ObservedAsync(string app, ulong index, CancellationToken cancellationToken) =>
        SeeAsync($"{app} observed at index {index}", () => _observed.TryGetValue((app, index), out var at) ? at : null, cancellationToken);

    private void Take(string line)
    {
        if (!line.StartsWith('{')) return;
        using var document = JsonDocument.Parse(line);
        var (root, properties) = (document.RootElement, document.RootElement.GetProperty("Properties"));
        if (!properties.TryGetProperty("EventId", out var id) || !properties.TryGetProperty("Index", out var member)) return;
        var (index, at) = (member.GetUInt64(), root.GetProperty("Timestamp").GetDateTimeOffset());
        switch (id.GetProperty("Id").GetInt32())
        {
            case RolloutDecided or RollbackWritten: _committed[index] = at; break;
            case Heard: _heard.Enqueue((index, at)); break;
            case Observed: _observed[(properties.GetProperty("App").GetString()!, index)] = at; break;
        }
    }

    /// <summary>Lines come through a pipe, a little after what they tell of.</summary>
    private async Task<DateTimeOffset> SeeAsync(string what, Func<DateTimeOffset?> look, CancellationToken cancellationToken)
    {
        for (var patience = 2_000; patience > 0; patience--)
        {
            if (look() is { } at) return at;
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
        throw new PeerException($"{_name} did not tell of {what}");
    }
}
