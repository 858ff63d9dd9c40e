using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>Turns a migration's acts into the transactions that make them true. The caller adds its fence and its feed entry.</summary>
/// <remarks>The migration's document is in each, written or required unchanged: an act that was decided before a person paused or aborted it loses.</remarks>
public static class MigrationChanges
{
    private const string Kinds = "migration.";

    /// <summary>Of a larger migration the history has the sentence alone: three copies would not fit into one transaction of Consul (512 KiB).</summary>
    private const int MaxInHistory = 64 * 1024;

    /// <summary>A migration as a person stores it.</summary>
    /// <param name="before">Null: there is none yet.</param>
    public static ChangeSet Store(Migration? before, ulong index, Migration next, ChangeNote note)
    {
        var text = DocumentJson.Write(next);
        var isSmall = text.Length <= MaxInHistory && (before is null || DocumentJson.Write(before).Length <= MaxInHistory);
        var sentence = $"migration {next.Name} stored by {note.By}: {Words.Count(next.Definition.Waves.Count, "wave")}";
        return ChangeSet.Empty.With(
            new Change.Put(Keys.Migration(next.Name), text, index),
            note.Entry(null, before is null ? "migration.created" : "migration.replaced", sentence, isSmall ? before : null, isSmall ? next : null));
    }

    /// <summary>A migration that is forgotten, once its moves are.</summary>
    public static ChangeSet Forget(Migration before, ulong index, ChangeNote note) => ChangeSet.Empty.With(
        new Change.Remove(Keys.Migration(before.Name), index),
        note.Entry(null, "migration.deleted", $"migration {before.Name} deleted by {note.By}", DocumentJson.Write(before).Length <= MaxInHistory ? before : null, null));

    /// <summary>A migration goes on, by itself or by a person's word.</summary>
    /// <param name="indexOf">ModifyIndex of a move's document.</param>
    public static ChangeSet Advance(Migration before, ulong index, MigrationAct.Advance act, Func<Move, ulong> indexOf, ChangeNote note) => ChangeSet.Empty.With(
        [
            new Change.Put(Keys.Migration(act.Next.Name), DocumentJson.Write(act.Next), index),
            .. act.Moves.Select(m => Put(m, indexOf(m))),
            note.Entry<Migration>(null, Kinds + act.Kind, $"migration {before.Name}: {act.Sentence}", null, null),
        ]);

    /// <summary>Applications that are held, each with its move, or noted as left alone.</summary>
    public static ChangeSet Hold(Migration migration, ulong index, MigrationAct.Hold act, TrafficSnapshot traffic) => ChangeSet.Empty.With(
        [
            new Change.Unchanged(Keys.Migration(migration.Name), index),
            .. act.Moves.SelectMany(m => m.Phase == MovePhase.Skipped ? [Put(m, 0)] : new[] { Put(m, 0), PutState(traffic, m, migration.Holder) }),
        ]).UnlessRolledBackSince(traffic.Fleet);

    /// <summary>Applications that are let go, where they still are this migration's, and their moves as they end.</summary>
    public static ChangeSet LetGo(Migration migration, ulong index, MigrationAct.LetGo act, TrafficSnapshot traffic, Func<Move, ulong> indexOf) => ChangeSet.Empty.With(
        [
            new Change.Unchanged(Keys.Migration(migration.Name), index),
            .. act.Moves.Select(m => Put(m, indexOf(m))),
            .. act.Moves.Where(m => LettingGo.CanLetGo(migration, traffic.Find(m.App))).Select(m => PutState(traffic, m, null)),
        ]).UnlessRolledBackSince(traffic.Fleet);

    /// <summary>A move alone.</summary>
    public static ChangeSet Note(Migration migration, ulong index, MigrationAct.Note act, ulong moveIndex, ChangeNote note) =>
        ChangeSet.Empty.With(new Change.Unchanged(Keys.Migration(migration.Name), index), Put(act.Next, moveIndex))
            .With(act.StateIndex is { } state ? [new Change.Unchanged(Keys.StateOf(act.Next.App), state)] : [])
            .With(History(migration, act.Next, act.Kind, act.Sentence, note));

    /// <summary>What goes into the transaction that begins or steers a rollout: the move, and the migration unchanged.</summary>
    public static Change[] Beside(Migration migration, ulong index, Move next, ulong moveIndex) => [new Change.Unchanged(Keys.Migration(migration.Name), index), Put(next, moveIndex)];

    private static Change[] History(Migration migration, Move next, string? kind, string sentence, ChangeNote note) =>
        kind is null ? [] : [note.Entry<Move>(next.App, Kinds + kind, $"{migration.Signature}: {sentence}", null, null, next.Rollout?.ToString())];

    private static Change.Put Put(Move move, ulong index) => new(Keys.Move(move.Migration, move.App), DocumentJson.Write(move), index);

    /// <remarks>The lock that a rollback of all means goes into the state with it: the state is newer than the rollback from now on, and would escape it.</remarks>
    private static Change.Put PutState(TrafficSnapshot traffic, Move move, string? campaign)
    {
        var app = traffic.Find(move.App);
        return new Change.Put(Keys.StateOf(move.App), DocumentJson.Write((app.FindSwept(traffic.Fleet) ?? app.State.Value!) with { Campaign = campaign }), app.State.LatestIndex);
    }
}
