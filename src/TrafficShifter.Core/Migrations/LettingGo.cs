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
        var left = moves.Where(m => !m.Phase.IsEnd() || CanLetGo(migration, tick.Traffic.Find(m.App))).ToList();
        if (left.Count > 0)
            return [.. left.Take(Holding.AtOnce * BatchesATurn).Chunk(Holding.AtOnce).Select(batch => new MigrationAct.LetGo([.. batch.Select(m => Leave(migration, m, tick.Now))], $"{Words.Count(batch.Length, "application")} let go"))];
        var sentence = $"{(migration.EndsAs == MigrationPhase.Done ? "done" : "aborted")}: {MoveCounts.Of(moves).Describe()}{(migration.EndsAs == MigrationPhase.Done ? "" : $"; {migration.Outcome}")}{NameLeft(migration, moves, tick)}";
        return [MigrationEngine.Advance(migration with { Phase = migration.EndsAs!.Value, EndedAt = tick.Now, Outcome = sentence }, migration.EndsAs == MigrationPhase.Done ? "done" : "aborted", sentence, tick.Now)];
    }

    /// <summary>It is held by the migration, and its state can be written: one that is lost or of a newer version is left as it is.</summary>
    internal static bool CanLetGo(Migration migration, AppTraffic app) => IsHeld(migration, app) && app.State is { IsLost: false, Value.IsReadOnly: false };

    private static bool IsHeld(Migration migration, AppTraffic app) => app.State.Value?.Campaign == migration.Holder;

    private static string NameLeft(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick)
    {
        var left = moves.Select(m => tick.Traffic.Find(m.App)).Where(a => IsHeld(migration, a)).Select(a => a.Name).Order().ToList();
        return left.Count == 0 ? "" : $"; not let go, because the state cannot be written (lost, or of a newer version): {Selection.Names(left)}";
    }

    private static Move Leave(Migration migration, Move move, DateTimeOffset now) => move.Phase.IsEnd() ? move : move with
    {
        Phase = move.Attempts > 0 ? MovePhase.RolledBack : MovePhase.Skipped,
        Sentence = $"it did not begin {(move.Attempts > 0 ? "again " : "")}before the end: {migration.Outcome}{(move.Sentence is { } last ? $"; {last}" : "")}",
        At = now,
        EndedAt = now,
    };
}
