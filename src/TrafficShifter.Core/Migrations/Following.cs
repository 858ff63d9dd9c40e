using System.Globalization;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What moves: its rollout's end is taken over, and a rollout whose application is ready no longer is paused until it is again.</summary>
internal static class Following
{
    /// <summary>A sentence is written anew this often at most.</summary>
    private static readonly TimeSpan SentenceEvery = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<MigrationAct> Decide(Migration migration, IEnumerable<Move> moves, MigrationTick tick) =>
        [.. moves.Where(m => m.Phase == MovePhase.Moving).Select(m => FollowOne(migration, m, tick)).OfType<MigrationAct>()];

    private static MigrationAct? FollowOne(Migration migration, Move move, MigrationTick tick)
    {
        if (!tick.Rollouts.TryGetValue(move.Rollout!, out var rollout)) return null;
        if (rollout is null) return End(move, MovePhase.Failed, $"the document of its rollout {move.Rollout} is not there", tick);
        if (rollout.Phase.IsEnd()) return TakeOver(migration, move, rollout, tick);
        // Who would drive it looks for it by the state. What was followed may be old: the state is required unchanged.
        if (tick.Traffic.Find(move.App).State is { IsLost: false, Value: { } state } known && state.Rollout != move.Rollout!.ToString())
            return End(move, MovePhase.Failed, $"the application's state names {state.Rollout ?? "no rollout"}, no longer {move.Rollout}", tick) with { StateIndex = known.LatestIndex };
        if (Steer(migration, move, rollout, tick) is { } steered) return steered;
        var now = move with { HeldBack = IsHeldBack(migration, move, rollout, tick), Sentence = Describe(rollout), NeedsSomebody = RolloutChanges.FindCallForSomebody(rollout) is not null };
        var isNews = now.HeldBack != move.HeldBack || now.NeedsSomebody != move.NeedsSomebody || (now.Sentence != move.Sentence && (tick.Now - move.At).Duration() >= SentenceEvery);
        return isNews ? new MigrationAct.Note(now with { At = tick.Now }, null, now.Sentence!) : null;
    }

    private static MigrationAct.Note TakeOver(Migration migration, Move move, Rollout rollout, MigrationTick tick)
    {
        var outcome = rollout.Outcome ?? "its rollout has ended";
        if (rollout.Phase == RolloutPhase.Succeeded) return End(move, MovePhase.Moved, outcome, tick);
        if (rollout.Phase == RolloutPhase.Aborted) return End(move, MovePhase.Failed, $"its rollout was aborted: {outcome}", tick);
        if (move.Attempts >= migration.Definition.Attempts || migration.Phase == MigrationPhase.Ending) return End(move, MovePhase.RolledBack, outcome, tick);
        var sentence = string.Create(CultureInfo.InvariantCulture, $"attempt {move.Attempts} of {migration.Definition.Attempts} was rolled back: {outcome}; it is tried again after {MigrationEngine.Time(migration.Definition.RetryAfter)}");
        return new MigrationAct.Note(move with { Phase = MovePhase.Waiting, Waited = TimeSpan.Zero, HeldBack = false, NeedsSomebody = false, Sentence = sentence, At = tick.Now }, "appRetried", sentence);
    }

    /// <remarks>1. An abort of the migration that asks for it. 2. Ready no longer: pause. 3. Ready again: resume, but only what the migration paused itself, and nobody touched since.</remarks>
    private static MigrationAct.Steer? Steer(Migration migration, Move move, Rollout rollout, MigrationTick tick)
    {
        var by = migration.Signature;
        // 1
        if (migration is { Phase: MigrationPhase.Ending, AbortsRollouts: true })
            return rollout.Phase == RolloutPhase.RollingBack ? null
                : Say(move, new RolloutCommand.Abort(by, migration.Outcome), $"its rollout is aborted: {migration.Outcome}", tick);
        if (tick.FindFresh(move.App, MigrationEngine.Freshness) is not { } seen) return null;
        // 2
        if (!seen.Ready && rollout.Phase is RolloutPhase.Pending or RolloutPhase.Progressing)
            return Say(move with { HeldBack = true, Findings = seen.Findings }, new RolloutCommand.Pause(by, seen.Sentence), $"its rollout is paused: {seen.Sentence}", tick);
        // 3
        return seen.Ready && IsHeldBack(migration, move, rollout, tick)
            ? Say(move with { HeldBack = false, Findings = null }, new RolloutCommand.Resume(by, "ready again") { OwnPauseOnly = true }, "it is ready again: its rollout goes on", tick)
            : null;
    }

    /// <summary>The pause that stands is the migration's, and the weights are the rollout's own: a person's pause or weights are theirs.</summary>
    /// <remarks>Whoever tells the rollout looks at both again. What was followed may be older than the rollout's own last write: it says nothing then.</remarks>
    private static bool IsHeldBack(Migration migration, Move move, Rollout rollout, MigrationTick tick) =>
        move.HeldBack && rollout.Phase == RolloutPhase.Paused && Pausing.FindAuthor(rollout) == migration.Signature
        && !(rollout.WeightsIndex is { } own && tick.Traffic.Index >= own && tick.Traffic.Find(move.App).Weights.LatestIndex != own);

    /// <remarks>What was tried and is not tried again was rolled back: it counts as such.</remarks>
    public static MigrationAct.Note End(Move move, MovePhase phase, string sentence, MigrationTick tick) =>
        move.Attempts > 0 && phase == MovePhase.Skipped ? End(move, MovePhase.RolledBack, sentence, tick)
        : new(move with { Phase = phase, Sentence = sentence, HeldBack = false, NeedsSomebody = false, At = tick.Now, EndedAt = tick.Now }, KindOf(phase), sentence);

    private static MigrationAct.Steer Say(Move move, RolloutCommand command, string sentence, MigrationTick tick) => new(move with { Sentence = sentence, At = tick.Now }, command, sentence);

    private static string KindOf(MovePhase phase) => phase switch
    {
        MovePhase.Moved => "appMoved",
        MovePhase.RolledBack => "appRolledBack",
        MovePhase.Skipped => "appSkipped",
        _ => "appFailed",
    };

    /// <summary>How far a rollout is, without what changes from second to second.</summary>
    private static string Describe(Rollout rollout) => RolloutChanges.FindCallForSomebody(rollout) ?? (rollout.Phase switch
    {
        RolloutPhase.Pending => "its rollout begins",
        RolloutPhase.Promoting => $"all traffic goes to {rollout.To.Word()}",
        RolloutPhase.RollingBack => $"all traffic goes back to {rollout.From.Word()}: {rollout.Outcome}",
        _ => string.Create(CultureInfo.InvariantCulture, $"step {rollout.Step + 1} of {rollout.Plan.Steps.Count} at {rollout.Plan.Steps[rollout.Step].Share}"),
    });
}
