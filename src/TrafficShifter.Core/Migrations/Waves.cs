using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>A migration that runs: its waves, one after the other.</summary>
internal static class Waves
{
    /// <remarks>1. A rule stops it. 2. The wave waits to begin. 3. What moves is followed, and others begin. 4. The wave has ended.</remarks>
    public static MigrationTurn Decide(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick)
    {
        // 1
        if (StopReasons.Find(migration, moves) is { } stop) return Turn(migration, moves, MigrationEngine.Advance(migration with { Phase = MigrationPhase.Stopped, Outcome = stop }, "stopped", stop, tick.Now));
        // 2
        if (migration.Waves[migration.Wave].BeganAt is null) return Open(migration, moves, tick);
        // 3
        var own = OfWave(moves, migration.Wave);
        if (own.Any(m => !m.Phase.IsEnd())) return Beginning.Decide(migration, moves, own, tick);
        // 4
        return Turn(migration, moves, End(migration, own, tick.Now));
    }

    public static IEnumerable<Move> FindDue(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick) =>
        migration.Waves[migration.Wave].BeganAt is null ? [] : Beginning.FindDue(migration, moves, OfWave(moves, migration.Wave), tick);

    /// <summary>Nothing but a person's word keeps the wave from beginning.</summary>
    public static bool IsAtGate(Migration migration) =>
        migration.Waves[migration.Wave] is { BeganAt: null, Approval: null } && migration.Definition.Waves[migration.Wave].Gate is not null && !IsPausing(migration);

    private static bool IsPausing(Migration migration) => migration.Wave > 0 && migration.Waves[migration.Wave - 1].Paused < migration.Definition.PauseAfter(migration.Wave - 1);

    public static List<Move> OfWave(IEnumerable<Move> moves, int wave) => [.. moves.Where(m => m.Wave == wave).OrderBy(m => m.Rank)];

    /// <summary>The pause after the wave before, then the gate, then the wave.</summary>
    private static MigrationTurn Open(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick)
    {
        var (wave, defined) = (migration.Wave, migration.Definition.Waves[migration.Wave]);
        if (IsPausing(migration))
            return OfWave(moves, wave) is { Count: > 0 } next && next.All(m => tick.Standstill.Find(m.App, tick.Now) is not null) ? Turn(migration, moves) : Turn(Change(migration, wave - 1, w => w with { Paused = Clocks.Add(w.Paused, tick.Elapsed) }), moves);
        if (defined.Gate is { } gate && migration.Waves[wave].Approval is null)
        {
            var asked = $"wave {defined.Name} waits for approval{(gate.Approvers is { } people ? $" by {string.Join(" or ", people)}" : "")}";
            return migration.Waves[wave].AskedAt is not null ? Turn(migration, moves)
                : Turn(migration, moves, MigrationEngine.Advance(Change(migration, wave, w => w with { AskedAt = tick.Now }), "gateReached", asked, tick.Now));
        }
        var sentence = $"wave {defined.Name} begins: {MoveCounts.Of(OfWave(moves, wave)).Describe()}, {migration.Definition.ParallelismOf(wave)} at once";
        return Turn(migration, moves, MigrationEngine.Advance(Change(migration, wave, w => w with { BeganAt = tick.Now }), "waveBegan", sentence, tick.Now));
    }

    private static MigrationAct.Advance End(Migration migration, IReadOnlyList<Move> own, DateTimeOffset now)
    {
        var sentence = $"wave {migration.Definition.Waves[migration.Wave].Name} has ended: {MoveCounts.Of(own).Describe()}";
        var ended = Change(migration, migration.Wave, w => w with { EndedAt = now });
        return migration.Wave == migration.Waves.Count - 1
            ? MigrationEngine.Advance(ended with { Phase = MigrationPhase.Ending, EndsAs = MigrationPhase.Done, Outcome = "all waves have ended" }, "waveEnded", sentence, now)
            : MigrationEngine.Advance(ended with { Wave = migration.Wave + 1 }, "waveEnded", sentence, now);
    }

    internal static Migration Change(Migration migration, int wave, Func<WaveProgress, WaveProgress> change) =>
        migration with { Waves = [.. migration.Waves.Select((w, i) => i == wave ? change(w) : w)] };

    private static MigrationTurn Turn(Migration next, IReadOnlyList<Move> moves, params MigrationAct[] acts) => new(next, moves, acts);
}
