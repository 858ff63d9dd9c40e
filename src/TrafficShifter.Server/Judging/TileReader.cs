using System.Collections.Immutable;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>Reads each tile once for all rollouts, while this process leads and one of them wants it.</summary>
/// <remarks>
/// A tile is taken when every node of which the last one had all has a sample from after its end; such a node that stops is waited for
/// <see cref="Patience"/>, once. Then the tile is taken as it is, and says of the node that something is missing.
/// </remarks>
public sealed partial class TileReader(IMetricSource metrics, MetricsWatch watch, ILeaderLease lease, JudgeOptions options, TimeProvider time, ILogger<TileReader> logger) : BackgroundService
{
    /// <summary>How long after a tile's end its last samples are waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);
    private const int Kept = 60;

    /// <summary>Sides of applications from which on a tile is not asked for in vain.</summary>
    private const int Large = 100;
    private readonly TileTimes _times = new(options.Tick, options.Delay);
    private readonly TurnSignal _wishes = new();
    private ImmutableList<Tile> _tiles = [];
    private int _wanted;
    private bool _complained;

    /// <summary>Tiles are read from now on, until the returned object is disposed.</summary>
    public IDisposable Want()
    {
        Interlocked.Increment(ref _wanted);
        _wishes.End();
        return new Wish(this);
    }

    /// <summary>The tiles that ended after a moment, oldest first, of the last <see cref="Kept"/>; only the latest when there is no moment.</summary>
    public IReadOnlyList<Tile> After(DateTimeOffset? end)
    {
        var tiles = Volatile.Read(ref _tiles);
        return end is { } last ? tiles.FindAll(t => t.End > last) : tiles is [.., var latest] ? [latest] : [];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Turn, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stoppingToken)) return;
                var wished = _wishes.Next;
                var isWanted = Volatile.Read(ref _wanted) > 0;
                if (isWanted && lease.Fence is not null) await ReadAsync(stoppingToken);
                else Volatile.Write(ref _tiles, []);
                if (!isWanted) await wished.WaitAsync(stoppingToken);
            }
            catch (MetricSourceUnavailableException)
            {
                // The rollouts hear of it by the probe, and the tile is asked for again.
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var last = _tiles is [.., var latest] ? latest : null;
        if (_times.FindNext(last?.End, watch.SourceNow) is not { } end) return;
        IReadOnlyList<string> awaited = [.. last?.Nodes.Where(n => n.Value.SeenUntil >= last.End).Select(n => n.Key) ?? []];
        if (last?.Sides.Count > Large && watch.SourceNow - end < Patience && await IsAwaitedAsync(awaited, end, cancellationToken)) return;
        var tile = (await ReadAsync(end, cancellationToken)).After(last);
        if (!tile.IsComplete(awaited) && watch.SourceNow - end < Patience) return;
        Volatile.Write(ref _tiles, _tiles.Add(tile).RemoveRange(0, Math.Max(0, _tiles.Count + 1 - Kept)));
    }

    /// <summary>A sample of one of these nodes is still on its way. What is large is asked for once it is not.</summary>
    private async Task<bool> IsAwaitedAsync(IReadOnlyList<string> nodes, DateTimeOffset end, CancellationToken cancellationToken) =>
        await metrics.QuerySeriesAsync(TileQuery.Seen, end, cancellationToken) is SeriesAnswer.Found found
        && TileQuery.ReadSeen(found) is var seen && nodes.Any(n => !seen.TryGetValue(n, out var until) || until < end);

    private async Task<Tile> ReadAsync(DateTimeOffset end, CancellationToken cancellationToken)
    {
        var answer = await metrics.QuerySeriesAsync(TileQuery.Of(options.Tick), end, cancellationToken);
        if (answer is SeriesAnswer.Found found)
        {
            _complained = false;
            return TileQuery.Read(found, end, options.Tick);
        }
        var reason = ((SeriesAnswer.Refused)answer).Reason;
        if (!_complained) LogRefused(reason);
        _complained = true;
        return new Tile(end, options.Tick) { Refused = reason };
    }

    private sealed class Wish(TileReader reader) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) Interlocked.Decrement(ref reader._wanted);
        }
    }

    [LoggerMessage(EventId = 390, Level = LogLevel.Error, Message = "Reading what the agents count failed; the next turn begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 391, Level = LogLevel.Warning, Message = "The query for what the agents count was refused: {Reason}")]
    private partial void LogRefused(string reason);
}
