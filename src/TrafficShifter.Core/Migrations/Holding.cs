using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>A migration that starts: its applications are held, many to a transaction, before the first of them moves.</summary>
internal static class Holding
{
    /// <summary>Two operations each, beside the migration, the rollback of all, the fence, the feed and the outbox.</summary>
    public const int AtOnce = (ChangeSet.MaxOperations - 5) / 2;

    private const int BatchesATurn = 10;

    public static IReadOnlyList<MigrationAct> Decide(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick)
    {
        var known = moves.Select(m => m.App).ToHashSet();
        var all = migration.Frozen!.SelectMany((apps, wave) => apps.Select((app, rank) => (Chosen: app, Wave: wave, Rank: rank))).ToList();
        var left = all.Where(a => !known.Contains(a.Chosen.App)).ToList();
        if (left.Count > 0)
            return [.. left.Take(AtOnce * BatchesATurn).Chunk(AtOnce).Select(batch => new MigrationAct.Hold([.. batch.Select(a => Begin(migration, tick, a.Chosen, a.Wave, a.Rank))], $"{Words.Count(batch.Length, "application")} held"))];
        var counts = MoveCounts.Of(moves);
        var skipped = counts.Skipped == 0 ? "" : $"; {counts.Skipped} left alone";
        return [MigrationEngine.Advance(migration with { Phase = MigrationPhase.Running, Frozen = null }, "running", $"{counts.All - counts.Skipped} of {Words.Count(counts.All, "application")} held{skipped}", tick.Now)];
    }

    private static Move Begin(Migration migration, MigrationTick tick, FrozenApp chosen, int wave, int rank)
    {
        var traffic = tick.Traffic.Find(chosen.App);
        var move = new Move
        {
            Migration = migration.Name, App = chosen.App, Wave = wave, Rank = rank, Phase = MovePhase.Waiting, At = tick.Now,
            To = traffic.State.Value is { } state ? migration.Definition.TargetOf(state) : Colour.Green,
            Takes = chosen.Takes,
        };
        if (Obstacles.FindOne(migration.Name, migration.Definition, traffic, tick.Traffic.Fleet) is { } why) return Skip(move, $"it could not be held: {why}", tick.Now);
        return traffic.State.Value!.Stable == move.To ? Skip(move, $"{move.To.Word()} is its stable colour already", tick.Now) : move;
    }

    private static Move Skip(Move move, string why, DateTimeOffset now) => move with { Phase = MovePhase.Skipped, Sentence = why, EndedAt = now };
}
