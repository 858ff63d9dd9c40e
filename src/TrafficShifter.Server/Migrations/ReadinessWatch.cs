using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using Readiness = TrafficShifter.Core.Migrations.Readiness;

namespace TrafficShifter.Server.Migrations;

/// <summary>Looks at the readiness of a migration's applications beside its turns: no turn waits for a probe that hangs.</summary>
public sealed class ReadinessWatch(ReadinessReader reader) : IDisposable
{
    /// <summary>Looks at a time at what moves, and as many at what does not: who is slow before its move delays no look at what moves.</summary>
    private const int AtOnce = 16;

    private readonly ConcurrentDictionary<AppName, Readiness> _seen = new();
    private readonly ConcurrentDictionary<AppName, (Task Look, bool Moves)> _asking = new();
    private readonly CancellationTokenSource _end = new();

    /// <summary>What the last look at each application found.</summary>
    public IReadOnlyDictionary<AppName, Readiness> Seen => _seen;

    /// <summary>Looks at those that are not being looked at, as many at once as there is room for; the others are asked for again in the next turn.</summary>
    public void Ask(IEnumerable<Move> due, Preflight? campaign)
    {
        foreach (var (app, _) in _asking.Where(a => a.Value.Look.IsCompleted).ToList()) _asking.TryRemove(app, out _);
        foreach (var move in due)
        {
            var moves = move.Phase == MovePhase.Moving;
            if (_asking.ContainsKey(move.App) || _asking.Values.Count(a => a.Moves == moves) >= AtOnce) continue;
            _asking[move.App] = (Task.Run(() => LookAsync(move, campaign), CancellationToken.None), moves);
        }
    }

    /// <summary>Something else than a look found out how an application stands.</summary>
    public void Note(Readiness readiness) => _seen[readiness.App] = readiness;

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task LookAsync(Move move, Preflight? campaign)
    {
        try
        {
            _seen[move.App] = await reader.LookAsync(move.App, move.To, campaign, _end.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
        {
            // Whoever leads next looks anew.
        }
    }
}
