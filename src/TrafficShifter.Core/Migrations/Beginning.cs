using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>A wave that has begun: as many of its applications move as may, in their order, each once it is ready.</summary>
internal static class Beginning
{
    public static MigrationTurn Decide(Migration migration, IReadOnlyList<Move> moves, IReadOnlyList<Move> own, MigrationTick tick)
    {
        var clocked = new Dictionary<AppName, Move>();
        var acts = new List<MigrationAct>(Following.Decide(migration, own, tick));
        var free = FreeSlots(migration, own);
        var begins = Math.Min(free, MigrationEngine.BeginsATurn);
        foreach (var candidate in Candidates.Of(migration, moves, own, tick, free))
        {
            // What waits for the hour, for others or for the end of a freeze has all its time left.
            var isClocked = (candidate.IsRetry && tick.Standstill.Find(candidate.Move.App, tick.Now) is null) || (candidate.Move.Phase == MovePhase.NotReady && (candidate.Why is null || candidate.IsHindered));
            var move = isClocked ? candidate.Move with { Waited = Clocks.Add(candidate.Move.Waited, tick.Elapsed) } : candidate.Move;
            if (isClocked) clocked[move.App] = move;
            var act = candidate switch
            {
                { End: { } end } => Following.End(move, end, candidate.Why!, tick),
                { IsHindered: true } => FindNotReady(migration, move, candidate.Why!, null, tick),
                { Why: not null } => null,
                _ when tick.FindFresh(move.App, MigrationEngine.Freshness) is not { } seen => null,
                _ when !tick.Readiness[move.App].Ready => FindNotReady(migration, move, tick.Readiness[move.App].Sentence, tick.Readiness[move.App].Findings, tick),
                _ when begins-- > 0 => Begin(migration, move, tick),
                _ => null,
            };
            if (act is MigrationAct.Advance) return new MigrationTurn(migration, moves, [act]);
            if (act is not null) acts.Add(act);
        }
        return new MigrationTurn(migration, clocked.Count == 0 ? moves : [.. moves.Select(m => clocked.GetValueOrDefault(m.App, m))], acts);
    }

    /// <summary>Those that might begin now and whose readiness is not known; of those that wait for their turn only as many as there is room for.</summary>
    public static IEnumerable<Move> FindDue(Migration migration, IReadOnlyList<Move> moves, IReadOnlyList<Move> own, MigrationTick tick)
    {
        var free = FreeSlots(migration, own);
        foreach (var candidate in Candidates.Of(migration, moves, own, tick, free).Where(c => c.Why is null))
        {
            var isNew = candidate.Move.Phase == MovePhase.Waiting;
            if (isNew && free-- <= 0) continue;
            if (tick.FindFresh(candidate.Move.App, MigrationEngine.LookEvery) is null) yield return candidate.Move;
        }
    }

    private static int FreeSlots(Migration migration, IReadOnlyList<Move> own) => migration.Definition.ParallelismOf(migration.Wave) - own.Count(m => m.Phase == MovePhase.Moving);

    private static MigrationAct.Begin Begin(Migration migration, Move move, MigrationTick tick)
    {
        var sentence = move.Attempts == 0 ? $"it begins to move to {move.To.Word()}" : $"it begins to move to {move.To.Word()} again, attempt {move.Attempts + 1} of {migration.Definition.Attempts}";
        return new MigrationAct.Begin(move with { Phase = MovePhase.Moving, Attempts = move.Attempts + 1, Waited = TimeSpan.Zero, Findings = null, Sentence = sentence, At = tick.Now, StartedAt = move.StartedAt ?? tick.Now }, sentence);
    }

    private static MigrationAct? FindNotReady(Migration migration, Move move, string why, IReadOnlyList<Finding>? findings, MigrationTick tick)
    {
        var rule = migration.Definition.NotReady;
        if (move.Phase == MovePhase.NotReady && move.Waited >= rule.Wait && rule.Then != NotReadyAction.Wait)
        {
            var late = $"{(move.Attempts > 0 ? "it was rolled back and was not ready again" : "it was not ready")} within {MigrationEngine.Time(rule.Wait)}: {why}";
            if (rule.Then != NotReadyAction.Stop) return Following.End(move with { Findings = findings }, rule.Then == NotReadyAction.Skip ? MovePhase.Skipped : move.Attempts > 0 ? MovePhase.RolledBack : MovePhase.Failed, late, tick);
            var stop = $"{move.App}: {late}";
            return MigrationEngine.Advance(migration with { Phase = MigrationPhase.Stopped, Outcome = stop }, "stopped", stop, tick.Now, [move with { Waited = TimeSpan.Zero, At = tick.Now }]);
        }
        if (move.Phase == MovePhase.NotReady && (move.Sentence == why || (tick.Now - move.At).Duration() < MigrationEngine.LookEvery)) return null;
        var isNews = move.Phase != MovePhase.NotReady;
        return new MigrationAct.Note(
            move with { Phase = MovePhase.NotReady, Waited = isNews ? TimeSpan.Zero : move.Waited, Sentence = why, Findings = findings, At = tick.Now }, isNews ? "appNotReady" : null, why);
    }
}
