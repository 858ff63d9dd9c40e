using System.Globalization;
using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Migrations;

/// <summary>When a migration will be done, as far as anybody can say: gates and what is not ready are taken to be no hindrance.</summary>
/// <param name="Earliest">If everything takes as little as its plan, or as the quickest so far.</param>
/// <param name="Latest">If everything takes as long as the slowest of what was measured so far; before anything was, twice as long as its plan.</param>
/// <param name="Sentence">Both, and what they are made of.</param>
public sealed record MigrationForecast(DateTimeOffset Earliest, DateTimeOffset Latest, string Sentence)
{
    private const double Unmeasured = 2;

    /// <summary>So many of those that ended last are measured.</summary>
    private const int Measured = 50;

    /// <summary>Null when it is done, does not run, or has a calendar that leaves no time.</summary>
    public static MigrationForecast? Of(Migration migration, IReadOnlyList<Move> moves, DateTimeOffset now)
    {
        if (migration.Phase is not (MigrationPhase.Starting or MigrationPhase.Running or MigrationPhase.Paused or MigrationPhase.Stopped) || moves.Count == 0) return null;
        var factors = moves.Where(m => m is { Phase: MovePhase.Moved, StartedAt: not null, EndedAt: not null } && m.Takes > TimeSpan.Zero)
            .OrderByDescending(m => m.EndedAt).Take(Measured).Select(m => (m.EndedAt!.Value - m.StartedAt!.Value) / m.Takes).Order().ToList();
        var (least, most) = factors.Count == 0 ? (1, Unmeasured) : (Math.Max(1, factors[0]), Math.Max(1, factors[^1]));
        if (Lay(migration, moves, least, now) is not { } earliest || Lay(migration, moves, most, now) is not { } latest) return null;
        var from = factors.Count == 0 ? "by the plans; nothing has moved yet" : string.Create(CultureInfo.InvariantCulture, $"by the plans and {factors.Count} that have moved");
        var gates = migration.Definition.Waves.Where((w, i) => w.Gate is not null && migration.Waves[i].Approval is null && i >= migration.Wave).Count();
        return new MigrationForecast(earliest, latest, $"done about {earliest.UtcDateTime:yyyy-MM-dd HH:mm} to {latest.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {from}{(gates == 0 ? "" : $"; the wait for {Words.Count(gates, "approval")} not counted")}");
    }

    private static DateTimeOffset? Lay(Migration migration, IReadOnlyList<Move> moves, double factor, DateTimeOffset now)
    {
        var from = now;
        if (migration.Wave > 0 && migration.Waves[migration.Wave].BeganAt is null)
            from += TimeSpan.FromTicks(Math.Max(0, (migration.Definition.PauseAfter(migration.Wave - 1) - migration.Waves[migration.Wave - 1].Paused).Ticks));
        var ahead = Enumerable.Range(migration.Wave, migration.Waves.Count - migration.Wave).Select(wave => Ahead(migration, Waves.OfWave(moves, wave), wave, factor, now));
        return Timeline.Lay(ahead, from, migration.Definition.Calendar) is [.., var last] ? last.Ends : null;
    }

    private static WaveAhead Ahead(Migration migration, List<Move> own, int wave, double factor, DateTimeOffset now) => new(
        migration.Definition.ParallelismOf(wave),
        [.. own.Where(m => m.Phase == MovePhase.Moving).Select(m => Left(m, factor, now))],
        [.. own.Where(m => m.Phase is MovePhase.Waiting or MovePhase.NotReady).Select(m => (m.App, m.Takes * factor))],
        wave == migration.Waves.Count - 1 ? TimeSpan.Zero : migration.Definition.PauseAfter(wave));

    private static TimeSpan Left(Move move, double factor, DateTimeOffset now)
    {
        var left = (move.Takes * factor) - (now - (move.StartedAt ?? now));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
