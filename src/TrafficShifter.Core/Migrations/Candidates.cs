using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>An application of the wave that has not begun.</summary>
/// <param name="Why">Why it cannot begin now, as a sentence; null when only its readiness is to be known.</param>
/// <param name="IsHindered">It cannot begin as it is, whatever its turn: it is not ready.</param>
/// <param name="End">What becomes of it, where it has not to begin at all.</param>
/// <param name="IsRetry">It waits between two attempts.</param>
internal sealed record Candidate(Move Move, string? Why = null, bool IsHindered = false, MovePhase? End = null, bool IsRetry = false);

/// <summary>Sorts what has not begun by what keeps it.</summary>
internal static class Candidates
{
    /// <param name="room">How many that begin for the first time are wanted: those behind them are not looked at. Null: all of them.</param>
    public static IEnumerable<Candidate> Of(Migration migration, IReadOnlyList<Move> moves, IReadOnlyList<Move> own, MigrationTick tick, int? room = null)
    {
        var after = migration.Definition.After is null ? null : moves.ToDictionary(m => m.App);
        if (room is not null && migration.Definition.Calendar?.FindClosedHour(tick.Now) is not null) room = 0;
        foreach (var move in own.Where(m => m.Phase is MovePhase.Waiting or MovePhase.NotReady))
        {
            var isFirst = move is { Phase: MovePhase.Waiting, Attempts: 0 };
            if (isFirst && room <= 0) continue;
            var candidate = Judge(migration, move, after, tick);
            if (isFirst && candidate.Why is null) room--;
            yield return candidate;
        }
    }

    /// <remarks>1. It has not to move any more. 2. It waits for its next attempt, for others, for the hour. 3. Something must be put right. 4. It is asked.</remarks>
    private static Candidate Judge(Migration migration, Move move, IReadOnlyDictionary<AppName, Move>? all, MigrationTick tick)
    {
        var (app, definition) = (tick.Traffic.Find(move.App), migration.Definition);
        // 1
        if (!app.Exists) return new Candidate(move, "there is no such application any more", End: MovePhase.Failed);
        var state = app.State.Value!;
        if (state is { Rollout: null, Lock: null } && state.Stable == move.To) return new Candidate(move, $"{move.To.Word()} is its stable colour already", End: move.Attempts > 0 ? MovePhase.Moved : MovePhase.Skipped);
        var waitsFor = FindEarlier(definition, move, all);
        if (waitsFor.FirstOrDefault(o => o.Phase.IsEnd() && o.Phase != MovePhase.Moved && !IsThere(o, tick)) is { } never) return new Candidate(move, $"it begins after {never.App}, which did not move: {never.Sentence}", End: MovePhase.Skipped);
        // 2
        if (move is { Phase: MovePhase.Waiting, Attempts: > 0 } && move.Waited < definition.RetryAfter) return new Candidate(move, move.Sentence ?? "it is tried again later", IsRetry: true);
        if (waitsFor.FirstOrDefault(o => !o.Phase.IsEnd()) is { } earlier) return new Candidate(move, $"it begins after {earlier.App}");
        if (definition.Calendar?.FindClosed(move.App, tick.Now) is { } closed) return new Candidate(move, closed);
        if (tick.Standstill.Find(move.App, tick.Now) is { } standstill) return new Candidate(move, standstill);
        // 3
        if (state.Campaign != migration.Holder) return new Candidate(move, $"it is held by {state.Campaign ?? "nobody"}, not by this migration", IsHindered: true);
        return Obstacles.FindOne(migration.Name, definition, app, tick.Traffic.Fleet) is { } why ? new Candidate(move, why, IsHindered: true) : new Candidate(move); // 4
    }

    private static List<Move> FindEarlier(MigrationDefinition definition, Move move, IReadOnlyDictionary<AppName, Move>? all) =>
        all is not null && definition.After!.TryGetValue(move.App, out var others) ? [.. others.Select(o => all.GetValueOrDefault(o)).OfType<Move>()] : [];

    private static bool IsThere(Move move, MigrationTick tick) => move.Phase == MovePhase.Skipped && tick.Traffic.Find(move.App).State.Value?.Stable == move.To;
}
