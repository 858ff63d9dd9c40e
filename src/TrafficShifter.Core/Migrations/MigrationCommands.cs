using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What people tell a migration. Any replica takes it and writes it at once; what follows from it is the leader's turn.</summary>
public static class MigrationCommands
{
    /// <summary>From a draft to holding its applications.</summary>
    /// <param name="schedule">Of this very moment; without refusals.</param>
    public static Commanded Start(Migration migration, MigrationSchedule schedule, ChangeNote note)
    {
        if (migration.Phase != MigrationPhase.Draft) return Commanded.Refuse($"it has started already: it is {Word(migration.Phase)}");
        var next = migration with
        {
            Phase = MigrationPhase.Starting,
            Frozen = [.. schedule.Waves.Select(w => (IReadOnlyList<FrozenApp>)[.. w.Moves.Select(m => new FrozenApp(m.App, m.Takes))])],
            Waves = [.. migration.Definition.Waves.Select(_ => new WaveProgress())],
            StartedBy = note.By,
            StartedAt = note.At,
        };
        return Did(next, "started", $"started by {note.By}{Because(note)}: {Words.Count(schedule.Apps, "application")} in {Words.Count(schedule.Waves.Count, "wave")}", note);
    }

    /// <param name="moves">All of its moves.</param>
    public static Commanded Apply(Migration migration, IReadOnlyList<Move> moves, MigrationCommand command)
    {
        var note = command.Note;
        if (migration.Phase.IsEnd()) return Commanded.Refuse($"it has ended: {migration.Outcome}");
        if (migration.Phase == MigrationPhase.Draft) return Commanded.Refuse("it has not been started");
        return command switch
        {
            MigrationCommand.Pause => migration.Phase == MigrationPhase.Running
                ? Did(migration with { Phase = MigrationPhase.Paused, Outcome = $"paused by {note.By}{Because(note)}" }, "paused", $"paused by {note.By}{Because(note)}: nothing new begins; {Words.Count(MoveCounts.Of(moves).Moving, "application")} still moving", note)
                : Commanded.Refuse($"only what runs is paused: it is {Word(migration.Phase)}"),
            MigrationCommand.Resume => Resume(migration, moves, note),
            MigrationCommand.Abort abort => Abort(migration, moves, abort),
            MigrationCommand.Approve => AtGate(migration, command, "approve", wave => Did(
                Waves.Change(migration, wave, w => w with { Approval = new Approval(note.By, note.At, note.Reason) }), "approved", $"wave {migration.Definition.Waves[wave].Name} was approved by {note.By}{Because(note)}", note)),
            MigrationCommand.Reject => AtGate(migration, command, "reject", wave => Stop(
                Waves.Change(migration, wave, w => w with { AskedAt = null }), $"wave {migration.Definition.Waves[wave].Name} was rejected by {note.By}{Because(note)}", note)),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
    }

    private static Commanded Resume(Migration migration, IReadOnlyList<Move> moves, ChangeNote note)
    {
        if (migration.Phase is not (MigrationPhase.Paused or MigrationPhase.Stopped)) return Commanded.Refuse($"there is nothing to resume: it is {Word(migration.Phase)}");
        var (counts, retries) = (MoveCounts.Of(moves), StopReasons.CountRetries(moves));
        var (rollbacks, failures) = (counts.RolledBack + retries, counts.Failures + retries);
        var wasStopped = migration.Phase == MigrationPhase.Stopped;
        var next = migration with { Phase = MigrationPhase.Running, Outcome = null };
        if (wasStopped) next = next with { ForgivenRollbacks = rollbacks, ForgivenFailures = failures };
        return Did(next, "resumed", $"resumed by {note.By}{Because(note)}{(wasStopped && failures > 0 ? $": the stop rules count anew after {Words.Count(failures, "failure")}" : "")}", note);
    }

    private static Commanded Abort(Migration migration, IReadOnlyList<Move> moves, MigrationCommand.Abort command)
    {
        if (migration is { Phase: MigrationPhase.Ending, EndsAs: MigrationPhase.Done }) return Commanded.Refuse("all waves have ended: its applications are being let go");
        if (migration.Phase == MigrationPhase.Ending && (migration.AbortsRollouts || !command.Rollouts)) return Commanded.Refuse($"it is being aborted already: {migration.Outcome}");
        var (note, moving) = (command.Note, MoveCounts.Of(moves).Moving);
        var outcome = $"aborted by {note.By}{Because(note)}";
        var next = migration with { Phase = MigrationPhase.Ending, EndsAs = MigrationPhase.Aborted, AbortsRollouts = command.Rollouts, Outcome = outcome, Frozen = null };
        return Did(next, "aborting", $"{outcome}: nothing new begins; {Words.Count(moving, "application")} {(command.Rollouts ? "taken back" : "still moving")}", note);
    }

    private static Commanded AtGate(Migration migration, MigrationCommand command, string verb, Func<int, Commanded> act)
    {
        var (wave, progress) = (migration.Wave, migration.Waves[migration.Wave]);
        if (migration.Phase != MigrationPhase.Running || !Waves.IsAtGate(migration) || migration.Definition.Waves[wave].Gate is not { } gate)
            return Commanded.Refuse(progress.Approval is { } given ? $"wave {migration.Definition.Waves[wave].Name} was approved by {given.By} already" : $"there is nothing to {verb}: no gate is waiting");
        if (gate.FourEyes && command is MigrationCommand.Approve && command.Note.By == migration.StartedBy) return Commanded.Refuse($"{command.Note.By} started it, and this gate wants the word of somebody else");
        return gate.Admits(command.GateNames) ? act(wave)
            : new Commanded(null, $"{command.Note.By} is not among those who may {verb}: {string.Join(", ", gate.Approvers!)}", IsForbidden: true);
    }

    private static Commanded Stop(Migration next, string sentence, ChangeNote note) => Did(next with { Phase = MigrationPhase.Stopped, Outcome = sentence }, "rejected", sentence, note);

    private static Commanded Did(Migration next, string kind, string sentence, ChangeNote note) => new(MigrationEngine.Advance(next, kind, sentence, note.At, by: note.By), null);

    private static string Because(ChangeNote note) => note.Reason is { } reason ? $" ({reason})" : "";

    internal static string Word(MigrationPhase phase) => phase.ToString().ToLowerInvariant();
}
