using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>A migration as it was read, or why there is none.</summary>
public sealed record FoundMigration(Migration? Migration, ulong Index, ProblemHttpResult? Problem);

/// <summary>Reads migrations and their moves from the store; while it is away, for those who only look, what was read before, with its age.</summary>
public sealed class MigrationReader(ITrafficStore store, TrafficFollower follower, TimeProvider time)
{
    private const int MostKept = 200;
    private readonly ConcurrentDictionary<string, (IReadOnlyList<Entry> Entries, long At)> _kept = new();

    /// <param name="looking">The request of somebody who only looks; null: only what the store says now is good enough.</param>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<FoundMigration> FindAsync(string name, CancellationToken cancellationToken, HttpContext? looking = null)
    {
        if (!Migration.IsName(name)) return new FoundMigration(null, 0, ApiProblem.BadName("migration", Migration.NameRule));
        if (await ReadAsync(Keys.Migration(name), async () => await store.FindAsync(Keys.Migration(name), cancellationToken) is { } one ? [one] : [], looking) is not [var entry])
            return new FoundMigration(null, 0, ApiProblem.NotFound("migration", $"there is no migration \"{name}\"; GET /api/v1/migrations lists them"));
        return Reading.Of<Migration>(entry) switch
        {
            Reading<Migration>.Good good => new FoundMigration(good.Value, good.ModifyIndex, null),
            Reading<Migration>.Broken broken => new FoundMigration(null, broken.ModifyIndex, ApiProblem.Of(500, "broken-document", "The migration's document is broken", broken.Problem)),
            _ => throw new InvalidOperationException("a reading is good or broken"),
        };
    }

    /// <summary>All that can be read, by name.</summary>
    /// <exception cref="StoreException">The store cannot be asked, and was not before.</exception>
    public async Task<IReadOnlyList<(Migration Migration, ulong Index)>> ListAsync(HttpContext looking, CancellationToken cancellationToken) =>
    [
        .. (await ReadAsync(Keys.Migrations, async () => (await store.ListAsync(Keys.Migrations, cancellationToken)).Entries, looking))
            .Select(e => (Migration: Reading.Of<Migration>(e).Find(), e.ModifyIndex)).Where(m => m.Migration is not null).Select(m => (m.Migration!, m.ModifyIndex)),
    ];

    /// <summary>A migration's moves with the ModifyIndex of each, wave by wave, in their order.</summary>
    /// <param name="looking">The request of somebody who only looks; null: only what the store says now is good enough.</param>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyList<(Move Move, ulong Index)>> MovesAsync(string name, CancellationToken cancellationToken, HttpContext? looking = null) =>
    [
        .. (await ReadAsync(Keys.MovesOf(name), async () => (await store.ListAsync(Keys.MovesOf(name), cancellationToken)).Entries, looking)).Select(e => (Move: Reading.Of<Move>(e).Find(), e.ModifyIndex))
            .Where(m => m.Move is not null).OrderBy(m => m.Move!.Wave).ThenBy(m => m.Move!.Rank).Select(m => (m.Move!, m.ModifyIndex)),
    ];

    /// <summary>What takes away everything that is kept of a migration beside its document: its moves, and what was counted of its probes.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyList<Change>> RemovalsAsync(string name, CancellationToken cancellationToken)
    {
        var (moves, probes) = (await MovesAsync(name, cancellationToken), (await store.ListAsync(Keys.ProbesOf(name), cancellationToken)).Entries);
        return [.. moves.Select(m => new Change.Remove(Keys.Move(name, m.Move.App), m.Index)), .. probes.Select(p => new Change.Remove(p.Key, p.ModifyIndex))];
    }

    private async Task<IReadOnlyList<Entry>> ReadAsync(string key, Func<Task<IReadOnlyList<Entry>>> read, HttpContext? looking)
    {
        if (looking is null) return await read();
        // While the store is known to be away nobody waits for it to say so again.
        if (follower.Problem is not null && _kept.TryGetValue(key, out var known)) return Recall(looking, known);
        try
        {
            var entries = await read();
            if (_kept.Count >= MostKept) _kept.Clear();
            _kept[key] = (entries, time.GetTimestamp());
            return entries;
        }
        catch (StoreException) when (_kept.TryGetValue(key, out var kept))
        {
            return Recall(looking, kept);
        }
    }

    private IReadOnlyList<Entry> Recall(HttpContext looking, (IReadOnlyList<Entry> Entries, long At) kept)
    {
        TrafficReader.NoteAge(looking, time.GetElapsedTime(kept.At));
        return kept.Entries;
    }
}
