using System.Globalization;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>How a migration stands, for people.</summary>
/// <param name="HeldBy">What it waits for, always one sentence.</param>
/// <param name="StopRule">How much of its stop rules is used up; null where nothing stops it.</param>
public sealed record MigrationStanding(MoveCounts Counts, string HeldBy, string? StopRule, MigrationForecast? Forecast, IReadOnlyList<WaveStanding> Waves)
{
    private const int MostNamed = 3;

    /// <param name="moves">Its moves, or those of them that somebody may see.</param>
    public static MigrationStanding Of(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick) => new(
        MoveCounts.Of(moves), FindHold(migration, moves, tick), StopReasons.Describe(migration, moves), MigrationForecast.Of(migration, moves, tick.Now),
        [.. migration.Definition.Waves.Select((w, i) => WaveStanding.Of(migration, i, Migrations.Waves.OfWave(moves, i)))]);

    /// <summary>Why each application is where it is, for the report.</summary>
    /// <param name="moves">Its moves, or those of them that somebody may see.</param>
    /// <param name="asked">Those of them that are asked about; the answers are in their order.</param>
    public static IReadOnlyList<string> Explain(Migration migration, IReadOnlyList<Move> moves, IReadOnlyList<Move> asked, MigrationTick tick)
    {
        var isOpen = migration.Phase == MigrationPhase.Running && migration.Waves[migration.Wave].BeganAt is not null;
        var waiting = isOpen ? asked.Where(m => m.Phase == MovePhase.Waiting && m.Wave == migration.Wave).ToList() : [];
        var why = Candidates.Of(migration, moves, waiting, tick).Where(c => c.Why is not null).ToDictionary(c => c.Move.App, c => c.Why!);
        return [.. asked.Select(m => why.GetValueOrDefault(m.App) ?? m.Sentence ?? (m.Phase == MovePhase.Waiting ? "it waits for its turn" : m.Phase.ToString().ToLowerInvariant()))];
    }

    private static string FindHold(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick) => migration.Phase switch
    {
        MigrationPhase.Draft => "it has not been started",
        MigrationPhase.Starting => string.Create(CultureInfo.InvariantCulture, $"its applications are being held: {moves.Count} of {migration.Frozen!.Sum(w => w.Count)}"),
        MigrationPhase.Paused => migration.Outcome!,
        MigrationPhase.Stopped => $"stopped: {migration.Outcome}; resume or abort it",
        MigrationPhase.Ending => moves.Count(m => m.Phase == MovePhase.Moving) is > 0 and var moving ? $"{migration.Outcome}; {moving} still move" : $"{migration.Outcome}; its applications are being let go",
        MigrationPhase.Running => FindWait(migration, moves, tick),
        _ => $"nothing: {migration.Outcome}",
    };

    private static string FindWait(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick)
    {
        var (defined, progress) = (migration.Definition.Waves[migration.Wave], migration.Waves[migration.Wave]);
        if (progress.BeganAt is null)
        {
            var left = migration.Wave == 0 ? TimeSpan.Zero : migration.Definition.PauseAfter(migration.Wave - 1) - migration.Waves[migration.Wave - 1].Paused;
            if (left > TimeSpan.Zero) return $"the pause after wave {migration.Definition.Waves[migration.Wave - 1].Name}: wave {defined.Name} begins in {MigrationEngine.Time(left)}";
            return defined.Gate is { } gate && progress.Approval is null ? $"wave {defined.Name} waits for approval{(gate.Approvers is { } people ? $" by {string.Join(" or ", people)}" : "")}" : $"wave {defined.Name} is about to begin";
        }
        var own = Migrations.Waves.OfWave(moves, migration.Wave);
        if (own.FirstOrDefault(m => m.NeedsSomebody) is { } call) return $"wave {defined.Name} waits for {call.App}: {call.Sentence}";
        var moving = own.Where(m => m.Phase == MovePhase.Moving).ToList();
        if (moving.Count >= migration.Definition.ParallelismOf(migration.Wave)) return $"wave {defined.Name} moves {Names(moving)}, {moving.Count} at once";
        var candidates = Candidates.Of(migration, moves, own, tick).ToList();
        if (candidates.FirstOrDefault(c => c is { IsHindered: false, Why: not null, End: null }) is { Why: { } why } && candidates.All(c => c.Why is not null)) return $"wave {defined.Name}{(moving.Count > 0 ? $" moves {Names(moving)};" : " waits:")} {why}";
        if (own.FirstOrDefault(m => m.Phase == MovePhase.NotReady) is { } unready && moving.Count == 0) return $"wave {defined.Name} waits for {unready.App}: {unready.Sentence}";
        return moving.Count > 0 ? $"wave {defined.Name} moves {Names(moving)}" : $"wave {defined.Name} looks whether its next applications are ready";
    }

    private static string Names(List<Move> moves) => moves.Count <= MostNamed
        ? string.Join(", ", moves.Select(m => m.App)) : $"{string.Join(", ", moves.Take(MostNamed).Select(m => m.App))} and {moves.Count - MostNamed} others";
}

/// <summary>How a wave stands.</summary>
/// <param name="Phase">What it is, in a word that programs may know: <c>waiting</c>, <c>pausing</c>, <c>gate</c>, <c>moving</c>, <c>ended</c>.</param>
/// <param name="Sentence"><c>9 moved · 3 moving · 1 rolled back · 1 not ready (image differs)</c>.</param>
public sealed record WaveStanding(string Name, string Phase, MoveCounts Counts, string Sentence, Approval? Approval, DateTimeOffset? BeganAt, DateTimeOffset? EndedAt)
{
    internal static WaveStanding Of(Migration migration, int wave, IReadOnlyList<Move> own)
    {
        var progress = migration.Waves.Count > wave ? migration.Waves[wave] : new WaveProgress();
        var why = own.FirstOrDefault(m => m.Phase == MovePhase.NotReady)?.Sentence;
        var phase = progress.EndedAt is not null ? "ended" : progress.BeganAt is not null ? "moving"
            : wave > migration.Wave || migration.Phase is not (MigrationPhase.Running or MigrationPhase.Paused or MigrationPhase.Stopped) ? "waiting"
            : Migrations.Waves.IsAtGate(migration) ? "gate" : wave > 0 ? "pausing" : "waiting";
        return new WaveStanding(migration.Definition.Waves[wave].Name, phase, MoveCounts.Of(own), $"{MoveCounts.Of(own).Describe(" · ")}{(why is null ? "" : $" ({why})")}", progress.Approval, progress.BeganAt, progress.EndedAt);
    }
}
