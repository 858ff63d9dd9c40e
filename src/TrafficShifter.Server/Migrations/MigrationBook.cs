using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Migrations;

/// <summary>A migration's documents as this process knows them, with their clocks as they run. Only the leader writes moves, so they are read once and whenever a race was lost.</summary>
internal sealed class MigrationBook(string name, ITrafficStore store)
{
    private Dictionary<AppName, Page<Move>>? _moves;

    /// <param name="Live">With its clock as it runs.</param>
    /// <param name="Saved">As its document stands at <paramref name="Index"/>.</param>
    public sealed record Page<T>(T Live, T Saved, ulong Index);

    public Page<Migration>? Migration { get; private set; }

    public IReadOnlyList<Move> Moves => [.. _moves!.Values.Select(m => m.Live)];

    public IReadOnlyList<Page<Move>> MovePages => [.. _moves!.Values];

    /// <summary>What is wrong with the document, as a sentence; null when nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads what somebody else may have written.</summary>
    /// <returns>False: there is no such migration any more.</returns>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (await store.FindAsync(Keys.Migration(name), cancellationToken) is not { } entry) return false;
        if (Migration?.Index != entry.ModifyIndex)
        {
            var reading = Reading.Of<Migration>(entry);
            Problem = reading is Reading<Migration>.Broken broken ? broken.Problem : reading.Find() is { IsReadOnly: true } ? $"{entry.Key} was written by a newer version" : null;
            Migration = Problem is null ? new Page<Migration>(reading.Find()!, reading.Find()!, entry.ModifyIndex) : null;
        }
        _moves ??= (await store.ListAsync(Keys.MovesOf(name), cancellationToken)).Entries.Select(e => (Move: Reading.Of<Move>(e).Find(), e.ModifyIndex))
            .Where(m => m.Move is not null).ToDictionary(m => m.Move!.App, m => new Page<Move>(m.Move!, m.Move!, m.ModifyIndex));
        return true;
    }

    public ulong IndexOf(Move move) => _moves!.TryGetValue(move.App, out var page) ? page.Index : 0;

    /// <summary>Clocks that went on and are not written.</summary>
    public void Run(MigrationTurn turn)
    {
        Migration = Migration! with { Live = turn.Next };
        foreach (var move in turn.Moves)
            if (_moves![move.App] is var page && !ReferenceEquals(page.Live, move)) _moves[move.App] = page with { Live = move };
    }

    public void Wrote(Migration migration, ulong index) => Migration = new Page<Migration>(migration, migration, index);

    public void Wrote(IEnumerable<Move> moves, ulong index)
    {
        foreach (var move in moves) _moves![move.App] = new Page<Move>(move, move, index);
    }

    /// <summary>Everything is read anew: a race was lost, or nobody knows what was written.</summary>
    public void Forget() => (_moves, Migration) = (null, null);
}
