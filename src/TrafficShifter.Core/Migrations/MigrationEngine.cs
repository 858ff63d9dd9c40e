using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>What a migration does next: a pure function of its documents and of what was seen.</summary>
/// <remarks>
/// It moves nothing itself: it begins rollouts, and they move traffic as they always do. A turn changes the migration or its applications, never both but where one
/// needs the other. Nothing is remembered between turns but clocks, so that any process goes on where another died.
/// </remarks>
public static class MigrationEngine
{
    /// <summary>How often an application's readiness is looked at.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);

    /// <summary>How old a good look may be when a rollout begins on it.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    /// <summary>As many rollouts begin in one turn at most: what was found of those behind them is looked at anew.</summary>
    internal const int BeginsATurn = 8;

    /// <summary>How many clocks of applications are saved in one transaction.</summary>
    private const int ClocksAtOnce = 50;

    /// <summary>Decides one turn.</summary>
    /// <param name="moves">All of its moves.</param>
    public static MigrationTurn Decide(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick) => migration.Phase switch
    {
        MigrationPhase.Starting => new MigrationTurn(migration, moves, Holding.Decide(migration, moves, tick)),
        MigrationPhase.Running => Waves.Decide(migration, moves, tick),
        MigrationPhase.Paused or MigrationPhase.Stopped => new MigrationTurn(migration, moves, Following.Decide(migration, moves, tick)),
        MigrationPhase.Ending => new MigrationTurn(migration, moves, LettingGo.Decide(migration, moves, tick)),
        _ => new MigrationTurn(migration, moves, []),
    };

    /// <summary>The applications whose readiness is to be looked at before the next turn: those that move first, and of each kind those first at which nobody has looked for longest.</summary>
    public static IReadOnlyList<Move> FindDue(Migration migration, IReadOnlyList<Move> moves, MigrationTick tick) =>
    [
        .. moves.Where(m => m.Phase == MovePhase.Moving && migration.Phase.IsDriven() && tick.FindFresh(m.App, LookEvery) is null).OrderBy(m => LookedAt(m, tick)),
        .. (migration.Phase == MigrationPhase.Running ? Waves.FindDue(migration, moves, tick) : []).OrderBy(m => LookedAt(m, tick)),
    ];

    /// <summary>Whether clocks alone are worth a write: 15 s of them would be lost.</summary>
    public static bool IsWorthSaving(Move saved, Move live) => live.Waited - saved.Waited >= LookEvery;

    /// <summary>The clocks to save next, those first of which most would be lost; as many as one transaction takes.</summary>
    public static IReadOnlyList<T> FindWorthSaving<T>(IEnumerable<T> moves, Func<T, Move> saved, Func<T, Move> live) =>
        [.. moves.Where(m => IsWorthSaving(saved(m), live(m))).OrderByDescending(m => live(m).Waited - saved(m).Waited).Take(ClocksAtOnce)];

    /// <inheritdoc cref="IsWorthSaving(Move, Move)"/>
    public static bool IsWorthSaving(Migration saved, Migration live) => live.Waves.Zip(saved.Waves).Any(w => w.First.Paused - w.Second.Paused >= LookEvery);

    private static DateTimeOffset LookedAt(Move move, MigrationTick tick) => tick.Readiness.GetValueOrDefault(move.App)?.At ?? DateTimeOffset.MinValue;

    /// <summary>The migration after a decision, with the decision noted.</summary>
    internal static MigrationAct.Advance Advance(Migration next, string kind, string sentence, DateTimeOffset now, IReadOnlyList<Move>? moves = null, string? by = null) =>
        new(Keep(next, kind, sentence, now, by), kind, moves ?? [], sentence);

    internal static Migration Keep(Migration next, string kind, string sentence, DateTimeOffset now, string? by = null) =>
        next with { Decisions = [.. next.Decisions.TakeLast(MaxDecisions - 1), new DecisionRecord(now, kind, sentence, by)] };

    /// <summary>For sentences: whole seconds.</summary>
    internal static string Time(TimeSpan time) => Duration.Format(TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds)));

    private const int MaxDecisions = 50;
}
