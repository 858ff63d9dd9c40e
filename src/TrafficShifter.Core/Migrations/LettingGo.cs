using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>A migration that ends: what moves goes on to its end or is aborted, then the applications are let go, many to a transaction.</summary>
internal static class LettingGo
{
    private const int BatchesATurn = 10;

    public static IReadOnlyList<MigrationAct> Decide(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick)
    {
        if (moves.Any(m => m.Phase == MovePhase.Moving)) return Following.Decide(migration, moves, tick);
        var left = moves.Where(m => !m.Phase.IsEnd() || IsHeld(migration, m, tick)).ToList();
        if (left.Count > 0)
            return [.. left.Take(Holding.AtOnce * BatchesATurn).Chunk(Holding.AtOnce).Select(batch => new MigrationAct.LetGo([.. batch.Select(m => Leave(migration, m, tick.Now))], $"{Words.Count(batch.Length, "application")} let go"))];
        var sentence = $"{(migration.EndsAs == MigrationPhase.Done ? "done" : "aborted")}: {MoveCounts.Of(moves).Describe()}{(migration.EndsAs == MigrationPhase.Done ? "" : $"; {migration.Outcome}")}";
        return [MigrationEngine.Advance(migration with { Phase = migration.EndsAs!.Value, EndedAt = tick.Now, Outcome = sentence }, migration.EndsAs == MigrationPhase.Done ? "done" : "aborted", sentence, tick.Now)];
    }

    private static bool IsHeld(Migration migration, Move move, MigrationTick tick) => tick.Traffic.Find(move.App).State.Value?.Campaign == migration.Holder;

    private static Move Leave(Migration migration, Move move, DateTimeOffset now) => move.Phase.IsEnd() ? move : move with
    {
        Phase = MovePhase.Skipped,
        Sentence = $"it did not begin before the end: {migration.Outcome}{(move.Sentence is { } last ? $"; {last}" : "")}",
        At = now,
        EndedAt = now,
    };
}
