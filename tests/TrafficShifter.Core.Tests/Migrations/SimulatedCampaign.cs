using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Rollouts.Story;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;
using Verdict = TrafficShifter.Core.Migrations.Verdict;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>
/// A fleet in memory, and processes that drive one migration over it by the engine and its transactions alone. A process may die before or after any write; the next one
/// knows nothing but the store.
/// </summary>
internal sealed class SimulatedCampaign
{
    private readonly Random _random;
    private readonly double _deaths;
    private readonly Dictionary<AppName, Readiness> _seen = [];
    private Dictionary<AppName, (Move Live, Move Saved, ulong Index)>? _moves;
    private (Migration Live, Migration Saved, ulong Index)? _migration;
    private DateTimeOffset? _lastTurn;
    private int _ids;

    /// <param name="deaths">How likely it is to die at a write.</param>
    public SimulatedCampaign(MigrationDefinition definition, IEnumerable<AppTraffic> fleet, int seed, double deaths = 0)
    {
        (_random, _deaths, Fleet) = (new Random(seed), deaths, new SimulatedFleet(fleet));
        var draft = SomeMigration.Draft(definition);
        var schedule = MigrationSchedule.Of(draft.Name, definition, Selection.Of(definition, Fleet.Traffic.Apps.Values), Fleet.Traffic.Fleet, new PlanBook(Presets.All), Standstill.None, Now);
        schedule.Refusals.ShouldBeEmpty();
        Planned = schedule;
        Fleet.Store.Write(Keys.Migration(draft.Name), DocumentJson.Write(MigrationCommands.Start(draft, schedule, Some.Note).Act!.Next));
    }

    public SimulatedFleet Fleet { get; }

    public DateTimeOffset Now { get; private set; } = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    public MigrationSchedule Planned { get; }

    public Standstill Standstill { get; set; } = Standstill.None;

    /// <summary>How a rollout of an application goes: how long it takes, and how it ends.</summary>
    public Func<AppName, int, (TimeSpan Takes, RolloutPhase As)> Rolls { set => Fleet.Rolls = value; }

    public Func<AppName, DateTimeOffset, bool> IsReady { get; set; } = (_, _) => true;

    /// <summary>Called with each transaction that was written.</summary>
    public Action<MigrationAct>? Wrote { get; set; }

    public int Deaths { get; private set; }

    public Migration Migration => Fleet.Store.Read<Migration>(Keys.Migration(SomeMigration.Name)).Value!;

    public IReadOnlyList<Move> Moves => [.. Fleet.Store.List(Keys.MovesOf(SomeMigration.Name)).Select(e => Reading.Of<Move>(e).Find()!).OrderBy(m => m.Wave).ThenBy(m => m.Rank)];

    public TrafficSnapshot Traffic => Fleet.Traffic;

    public int RolloutsOf(AppName app) => Fleet.RolloutsOf(app);

    public IReadOnlyList<Move> Running => [.. Moves.Where(m => m.Phase == MovePhase.Moving)];

    public string Standing => MigrationStanding.Of(Migration, Moves, Tick(TimeSpan.Zero)).HeldBy;

    public MigrationForecast? Forecast => MigrationForecast.Of(Migration, Moves, Now);

    public void Tell(MigrationCommand command)
    {
        var done = MigrationCommands.Apply(Migration, Moves, command);
        done.Refusal.ShouldBeNull();
        Fleet.Store.Write(Keys.Migration(SomeMigration.Name), DocumentJson.Write(done.Act!.Next));
    }

    public ChangeNote NoteBy(string who) => new(NextId(), who, null, Now);

    /// <summary>Turns until it has ended, or <paramref name="until"/>.</summary>
    public void Run(TimeSpan step, Func<SimulatedCampaign, bool>? until = null)
    {
        var limit = Now.AddDays(60);
        while (!Migration.Phase.IsEnd() && until?.Invoke(this) != true)
        {
            if (Now >= limit) throw new InvalidOperationException($"it never ends: {Standing}");
            Turn();
            Now += step;
            Fleet.EndRollouts(Now);
        }
    }

    public void Turn()
    {
        try
        {
            TakeTurn();
        }
        catch (DeathException)
        {
            // Another process begins with what the store says, and with no clock.
            (_moves, _migration, _lastTurn, Deaths) = (null, null, null, Deaths + 1);
            _seen.Clear();
        }
    }

    private void TakeTurn()
    {
        var (stored, index) = Fleet.Store.Read<Migration>(Keys.Migration(SomeMigration.Name));
        if (_migration is not { } kept || kept.Index != index) _migration = (stored!, stored!, index);
        _moves ??= Fleet.Store.List(Keys.MovesOf(SomeMigration.Name)).Select(e => (Reading.Of<Move>(e).Find()!, e.ModifyIndex)).ToDictionary(m => m.Item1.App, m => (m.Item1, m.Item1, m.ModifyIndex));
        var tick = Tick(_lastTurn is { } last ? Now - last : TimeSpan.Zero);
        _lastTurn = Now;
        foreach (var due in MigrationEngine.FindDue(_migration.Value.Live, Live(), tick)) _seen[due.App] = Look(due);
        var turn = MigrationEngine.Decide(_migration.Value.Live, Live(), tick with { Readiness = _seen });
        _migration = _migration.Value with { Live = turn.Next };
        foreach (var move in turn.Moves) _moves[move.App] = _moves[move.App] with { Live = move };
        foreach (var act in turn.Acts)
            if (!TryWrite(act)) return;
        Checkpoint();
    }

    private void Checkpoint()
    {
        var (live, saved, index) = _migration!.Value;
        if (MigrationEngine.IsWorthSaving(saved, live) && Commit(ChangeSet.Empty.With(new Change.Put(Keys.Migration(live.Name), DocumentJson.Write(live), index)))) _migration = (live, live, Fleet.Store.Index);
        foreach (var move in MigrationEngine.FindWorthSaving(_moves!.Values, m => m.Saved, m => m.Live)) Keep(move.Live, MigrationChanges.Note(_migration!.Value.Live, _migration.Value.Index, new MigrationAct.Note(move.Live, null, ""), move.Index, Note()));
    }

    private bool TryWrite(MigrationAct act)
    {
        var (migration, index) = (_migration!.Value.Live, _migration.Value.Index);
        switch (act)
        {
            case MigrationAct.Advance advance:
                if (!Commit(MigrationChanges.Advance(migration, index, advance, IndexOf, Note()))) return false;
                _migration = (advance.Next, advance.Next, Fleet.Store.Index);
                foreach (var move in advance.Moves) _moves![move.App] = (move, move, Fleet.Store.Index);
                break;
            case MigrationAct.Hold hold:
                if (!Commit(MigrationChanges.Hold(migration, index, hold, Fleet.Traffic))) return false;
                foreach (var move in hold.Moves) _moves![move.App] = (move, move, Fleet.Store.Index);
                break;
            case MigrationAct.LetGo letGo:
                if (!Commit(MigrationChanges.LetGo(migration, index, letGo, Fleet.Traffic, IndexOf))) return false;
                foreach (var move in letGo.Moves) _moves![move.App] = (move, move, Fleet.Store.Index);
                break;
            case MigrationAct.Note note when !Keep(note.Next, MigrationChanges.Note(migration, index, note, IndexOf(note.Next), Note())):
            case MigrationAct.Begin begin when !Begin(migration, index, begin):
            case MigrationAct.Steer steer when !Steer(migration, index, steer):
                return false;
        }
        Wrote?.Invoke(act);
        return true;
    }

    private bool Begin(Migration migration, ulong index, MigrationAct.Begin begin)
    {
        var (next, changes) = Fleet.Begin(migration, begin.Next, Note(), Now);
        return Keep(next, changes.With(MigrationChanges.Beside(migration, index, next, IndexOf(next))));
    }

    private bool Steer(Migration migration, ulong index, MigrationAct.Steer steer) =>
        Fleet.Tell(steer.Next.Rollout!, steer.Command, NextId(), Now) is not { } told || Keep(steer.Next, told.With(MigrationChanges.Beside(migration, index, steer.Next, IndexOf(steer.Next))));

    private MigrationTick Tick(TimeSpan elapsed) => new()
    {
        Now = Now, Elapsed = elapsed, Traffic = Fleet.Traffic, Standstill = Standstill, Readiness = _seen,
        Rollouts = (_moves?.Values.Select(m => m.Live) ?? []).Where(m => m.Phase == MovePhase.Moving).ToDictionary(m => m.Rollout!, m => Fleet.Store.Read<Rollout>(Keys.Rollout(m.App, m.Rollout!.ToString())).Value),
    };

    private Readiness Look(Move move) => IsReady(move.App, Now)
        ? Readiness.Of(move.App, move.To, [new Finding("servers", Verdict.Ready, "2 of 2")], Now)
        : Readiness.Of(move.App, move.To, [new Finding("version", Verdict.NotReady, "image differs")], Now);

    private IReadOnlyList<Move> Live() => [.. _moves!.Values.Select(m => m.Live)];

    private ulong IndexOf(Move move) => _moves!.TryGetValue(move.App, out var known) ? known.Index : 0;

    private string NextId() => $"01JD2X3Y4Z5A6B7C8D{++_ids:D8}";
    private ChangeNote Note() => new(NextId(), SomeMigration.Draft(Migration.Definition).Signature, null, Now);

    private bool Keep(Move next, ChangeSet changes)
    {
        if (!Commit(changes)) return false;
        _moves![next.App] = (next, next, Fleet.Store.Index);
        return true;
    }

    private bool Commit(ChangeSet changes)
    {
        (changes.Operations + 3).ShouldBeLessThanOrEqualTo(ChangeSet.MaxOperations, "with the fence, the feed and the outbox");
        if (_random.NextDouble() < _deaths / 2) throw new DeathException();
        var written = Fleet.TryCommit(changes);
        if (_random.NextDouble() < _deaths / 2) throw new DeathException();
        if (!written) (_moves, _migration) = (null, null);
        return written;
    }

    private sealed class DeathException : Exception;
}
