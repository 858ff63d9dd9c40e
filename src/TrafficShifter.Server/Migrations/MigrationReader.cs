using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Migrations;

/// <summary>A migration as it was read, or why there is none.</summary>
public sealed record FoundMigration(Migration? Migration, ulong Index, ProblemHttpResult? Problem);

/// <summary>Reads migrations and their moves from the store.</summary>
public sealed class MigrationReader(ITrafficStore store)
{
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<FoundMigration> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (!Migration.IsName(name)) return new FoundMigration(null, 0, ApiProblem.BadName("migration", Migration.NameRule));
        if (await store.FindAsync(Keys.Migration(name), cancellationToken) is not { } entry)
            return new FoundMigration(null, 0, ApiProblem.NotFound("migration", $"there is no migration \"{name}\"; GET /api/v1/migrations lists them"));
        return Reading.Of<Migration>(entry) switch
        {
            Reading<Migration>.Good good => new FoundMigration(good.Value, good.ModifyIndex, null),
            Reading<Migration>.Broken broken => new FoundMigration(null, broken.ModifyIndex, ApiProblem.Of(500, "broken-document", "The migration's document is broken", broken.Problem)),
            _ => throw new InvalidOperationException("a reading is good or broken"),
        };
    }

    /// <summary>All that can be read, by name.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyList<(Migration Migration, ulong Index)>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(Keys.Migrations, cancellationToken)).Entries.Select(e => (Reading.Of<Migration>(e).Find(), e.ModifyIndex)).Where(m => m.Item1 is not null).Select(m => (m.Item1!, m.ModifyIndex))];

    /// <summary>A migration's moves with the ModifyIndex of each, wave by wave, in their order.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyList<(Move Move, ulong Index)>> MovesAsync(string name, CancellationToken cancellationToken) =>
    [
        .. (await store.ListAsync(Keys.MovesOf(name), cancellationToken)).Entries.Select(e => (Move: Reading.Of<Move>(e).Find(), e.ModifyIndex))
            .Where(m => m.Move is not null).OrderBy(m => m.Move!.Wave).ThenBy(m => m.Move!.Rank).Select(m => (m.Move!, m.ModifyIndex)),
    ];
}
