using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>When a sweep began and ended, by the server's own log and timestamps (<c>Logging:Format</c> json).</summary>
internal sealed class SweepLog
{
    private const int Begun = 326;
    private const int Ended = 327;
    private readonly Lock _gate = new();
    private DateTimeOffset? _began;
    private TaskCompletionSource<TimeSpan> _took = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SweepLog(ServerProcess server) => server.LineWritten += Take;

    /// <summary>From the first transaction being made to the last one being answered.</summary>
    public async Task<TimeSpan> TookAsync(CancellationToken cancellationToken)
    {
        var took = await _took.Task.WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
        lock (_gate) (_began, _took) = (null, new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously));
        return took;
    }

    private void Take(string line)
    {
        if (!line.StartsWith('{')) return;
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (!root.GetProperty("Properties").TryGetProperty("EventId", out var id)) return;
        var at = root.GetProperty("Timestamp").GetDateTimeOffset();
        lock (_gate)
        {
            switch (id.GetProperty("Id").GetInt32())
            {
                // What came back by a conflict is swept in another turn: the sweep began with the first of them.
                case Begun: _began ??= at; break;
                case Ended when _began is { } began: _took.TrySetResult(at - began); break;
            }
        }
    }
}
