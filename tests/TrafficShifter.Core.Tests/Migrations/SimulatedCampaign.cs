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
    private readonly SimulatedStore _store = new();
    private readonly Random _random;
    private readonly double _deaths;
    private readonly Dictionary<RolloutId, (DateTimeOffset Ends, RolloutPhase As)> _running = [];
    private readonly Dictionary<AppName, Readiness> _seen = [];
    private readonly Dictionary<AppName, int> _rollouts = [];
    private Dictionary<AppName, (Move Live, Move Saved, ulong Index)>? _moves;
    private (Migration Live, Migration Saved, ulong Index)? _migration;
    private DateTimeOffset? _lastTurn;
    private TrafficSnapshot _traffic = TrafficSnapshot.Empty;
    private int _ids;

    /// <param name="deaths">How likely it is to die at a write.</param>
    public SimulatedCampaign(MigrationDefinition definition, IEnumerable<AppTraffic> fleet, int seed, double deaths = 0)
    {
        (_random, _deaths) = (new Random(seed), deaths);
        var apps = fleet.ToList();
        foreach (var app in apps)
        {
            _store.Write(Keys.App(app.Name), DocumentJson.Write(app.Definition.Value!));
            _store.Write(Keys.WeightsOf(app.Name), DocumentJson.Write(app.Weights.Value!));
            _store.Write(Keys.StateOf(app.Name), DocumentJson.Write(app.State.Value!));
        }
        _traffic = _traffic.WithAll([.. _store.List(Keys.Apps), .. _store.List(Keys.Weights), .. _store.List(Keys.States)], _store.Index);
        var draft = SomeMigration.Draft(definition);
        var schedule = MigrationSchedule.Of(draft.Name, definition, Selection.Of(definition, _traffic.Apps.Values), _traffic.Fleet, new PlanBook(Presets.All), Standstill.None, Now);
        schedule.Refusals.ShouldBeEmpty();
        Planned = schedule;
        _store.Write(Keys.Migration(draft.Name), DocumentJson.Write(MigrationCommands.Start(draft, schedule, Some.Note).Act!.Next));
    }

    public DateTimeOffset Now { get; private set; } = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    public MigrationSchedule Planned { get; }

    public Standstill Standstill { get; set; } = Standstill.None;

    /// <summary>How a rollout of an application goes: how long it takes, and how it ends.</summary>
    public Func<AppName, int, (TimeSpan Takes, RolloutPhase As)> Rolls { get; set; } = (_, _) => (TimeSpan.FromMinutes(20), RolloutPhase.Succeeded);

    public Func<AppName, DateTimeOffset, bool> IsReady { get; set; } = (_, _) => true;

    /// <summary>Called with each transaction that was written.</summary>
    public Action<MigrationAct>? Wrote { get; set; }

    public int Deaths { get; private set; }

    public Migration Migration => _store.Read<Migration>(Keys.Migration(SomeMigration.Name)).Value!;

    public IReadOnlyList<Move> Moves => [.. _store.List(Keys.MovesOf(SomeMigration.Name)).Select(e => Reading.Of<Move>(e).Find()!).OrderBy(m => m.Wave).ThenBy(m => m.Rank)];

    public TrafficSnapshot Traffic => _traffic;

    public int RolloutsOf(AppName app) => _rollouts.GetValueOrDefault(app);

    public IReadOnlyList<Move> Running => [.. Moves.Where(m => m.Phase == MovePhase.Moving)];

    public string Standing => MigrationStanding.Of(Migration, Moves, Tick(TimeSpan.Zero)).HeldBy;

    public MigrationForecast? Forecast => MigrationForecast.Of(Migration, Moves, Now);

    public void Tell(MigrationCommand command)
    {
        var done = MigrationCommands.Apply(Migration, Moves, command);
        done.Refusal.ShouldBeNull();
        _store.Write(Keys.Migration(SomeMigration.Name), DocumentJson.Write(done.Act!.Next));
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
            EndRollouts();
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
        var (stored, index) = _store.Read<Migration>(Keys.Migration(SomeMigration.Name));
        if (_migration is not { } kept || kept.Index != index) _migration = (stored!, stored!, index);
        _moves ??= _store.List(Keys.MovesOf(SomeMigration.Name)).Select(e => (Reading.Of<Move>(e).Find()!, e.ModifyIndex)).ToDictionary(m => m.Item1.App, m => (m.Item1, m.Item1, m.ModifyIndex));
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
        if (MigrationEngine.IsWorthSaving(saved, live) && Commit(ChangeSet.Empty.With(new Change.Put(Keys.Migration(live.Name), DocumentJson.Write(live), index)))) _migration = (live, live, _store.Index);
        foreach (var move in _moves!.Values.Where(m => MigrationEngine.IsWorthSaving(m.Saved, m.Live)).Take(20).ToList()) Keep(move.Live, MigrationChanges.Note(_migration!.Value.Live, _migration.Value.Index, move.Live, move.Index, null, "", Note()));
    }

    private bool TryWrite(MigrationAct act)
    {
        var (migration, index) = (_migration!.Value.Live, _migration.Value.Index);
        switch (act)
        {
            case MigrationAct.Advance advance:
                if (!Commit(MigrationChanges.Advance(migration, index, advance, IndexOf, Note()))) return false;
                _migration = (advance.Next, advance.Next, _store.Index);
                foreach (var move in advance.Moves) _moves![move.App] = (move, move, _store.Index);
                break;
            case MigrationAct.Hold hold:
                if (!Commit(MigrationChanges.Hold(migration, index, hold, _traffic))) return false;
                foreach (var move in hold.Moves) _moves![move.App] = (move, move, _store.Index);
                break;
            case MigrationAct.LetGo letGo:
                if (!Commit(MigrationChanges.LetGo(migration, index, letGo, _traffic, IndexOf))) return false;
                foreach (var move in letGo.Moves) _moves![move.App] = (move, move, _store.Index);
                break;
            case MigrationAct.Note note:
                if (!Keep(note.Next, MigrationChanges.Note(migration, index, note.Next, IndexOf(note.Next), note.Kind, note.Sentence, Note()))) return false;
                break;
            case MigrationAct.Begin begin:
                if (!Begin(migration, index, begin)) return false;
                break;
            case MigrationAct.Steer steer:
                if (!Steer(migration, index, steer)) return false;
                break;
        }
        Wrote?.Invoke(act);
        return true;
    }

    private bool Begin(Migration migration, ulong index, MigrationAct.Begin begin)
    {
        var (app, note) = (_traffic.Find(begin.Next.App), Note());
        var plan = Presets.Find(migration.Definition.PlanOf(begin.Next.Wave, app.Definition.Value!)!.Value.GetString()!)!;
        var rollout = RolloutEngine.Create(RolloutId.Of(app.Name, note.Id), plan, app.State.Value!, app.Weights.LatestIndex, note.By, null, Now);
        var next = begin.Next with { Rollout = rollout.Id };
        return Keep(next, RolloutChanges.Create(rollout, app.State.Value!, app.State.LatestIndex, note.Id).With(MigrationChanges.Beside(migration, index, next, IndexOf(next))));
    }

    private bool Steer(Migration migration, ulong index, MigrationAct.Steer steer)
    {
        var id = steer.Next.Rollout!;
        var (rollout, at) = _store.Read<Rollout>(Keys.Rollout(id.App, id.ToString()));
        var phase = steer.Command switch { RolloutCommand.Pause => RolloutPhase.Paused, RolloutCommand.Resume => RolloutPhase.Progressing, _ => RolloutPhase.RollingBack };
        var told = rollout! with { Phase = phase, PausedFrom = phase == RolloutPhase.Paused ? RolloutPhase.Progressing : null, PausedReason = phase == RolloutPhase.Paused ? steer.Sentence : null, EndsAs = phase == RolloutPhase.RollingBack ? RolloutPhase.Aborted : null };
        return Keep(steer.Next, ChangeSet.Empty.With([new Change.Put(Keys.Rollout(id.App, id.ToString()), DocumentJson.Write(told), at), .. MigrationChanges.Beside(migration, index, steer.Next, IndexOf(steer.Next))]));
    }

    /// <summary>What drives rollouts is not the migration's: here they end when they are said to.</summary>
    private void EndRollouts()
    {
        foreach (var move in _traffic.Apps.Values.Where(a => a.State.Value!.Rollout is not null).ToList())
        {
            var id = RolloutId.Parse(move.State.Value!.Rollout!);
            var (rollout, _) = _store.Read<Rollout>(Keys.Rollout(id.App, id.ToString()));
            if (!_running.TryGetValue(id, out var run)) _running[id] = run = Rolls(id.App, RolloutsOf(id.App)) is var (takes, ends) ? (Now + takes, ends) : default;
            if (rollout!.Phase == RolloutPhase.Paused || (Now < run.Ends && rollout.Phase != RolloutPhase.RollingBack)) continue;
            var phase = rollout.Phase == RolloutPhase.RollingBack ? RolloutPhase.Aborted : run.As;
            _store.Write(Keys.Rollout(id.App, id.ToString()), DocumentJson.Write(rollout with { Phase = phase, EndsAs = null, EndedAt = Now, Outcome = phase == RolloutPhase.Succeeded ? "all traffic is on green, which is stable now" : "errors" }));
            var state = move.State.Value with { Rollout = null, Stable = phase == RolloutPhase.Succeeded ? rollout.To : rollout.From };
            _store.Write(Keys.StateOf(id.App), DocumentJson.Write(state));
            _store.Write(Keys.WeightsOf(id.App), DocumentJson.Write(Weights.AllOn(state.Stable)));
            Follow([Keys.StateOf(id.App), Keys.WeightsOf(id.App)]);
        }
    }

    private MigrationTick Tick(TimeSpan elapsed) => new()
    {
        Now = Now, Elapsed = elapsed, Traffic = _traffic, Standstill = Standstill, Readiness = _seen,
        Rollouts = (_moves?.Values.Select(m => m.Live) ?? []).Where(m => m.Phase == MovePhase.Moving).ToDictionary(m => m.Rollout!, m => _store.Read<Rollout>(Keys.Rollout(m.App, m.Rollout!.ToString())).Value),
    };

    private Readiness Look(Move move) => IsReady(move.App, Now)
        ? Readiness.Of(move.App, move.To, [new Finding("servers", Verdict.Ready, "2 of 2")], Now)
        : Readiness.Of(move.App, move.To, [new Finding("version", Verdict.NotReady, "image differs")], Now);

    private IReadOnlyList<Move> Live() => [.. _moves!.Values.Select(m => m.Live)];

    private ulong IndexOf(Move move) => _moves!.TryGetValue(move.App, out var known) ? known.Index : 0;

    private ChangeNote Note() => new(NextId(), SomeMigration.Draft(Migration.Definition).Signature, null, Now);

    private string NextId() => $"01JD2X3Y4Z5A6B7C8D{++_ids:D8}";

    private bool Keep(Move next, ChangeSet changes)
    {
        if (!Commit(changes)) return false;
        _moves![next.App] = (next, next, _store.Index);
        return true;
    }

    private bool Commit(ChangeSet changes)
    {
        (changes.Operations + 3).ShouldBeLessThanOrEqualTo(ChangeSet.MaxOperations, "with the fence, the feed and the outbox");
        if (_random.NextDouble() < _deaths / 2) throw new DeathException();
        var written = _store.TryCommit(changes);
        foreach (var begun in changes.Changes.OfType<Change.Put>().Where(c => written && c.Expected == 0).Select(c => Keys.FindApp(c.Key, Keys.Rollouts)).OfType<AppName>()) _rollouts[begun] = RolloutsOf(begun) + 1;
        if (written) Follow([.. changes.Changes.Where(c => c is not Change.Unchanged).Select(c => c.Key)]);
        if (_random.NextDouble() < _deaths / 2) throw new DeathException();
        if (!written) (_moves, _migration) = (null, null);
        return written;
    }

    private void Follow(IReadOnlyList<string> keys) => _traffic = _traffic.With(
        [.. keys.Where(k => TrafficSnapshot.Prefixes.Any(k.StartsWith)).Select(k => (k, _store.Find(k) is var (value, index) ? new Entry(k, value, index) : null))], _store.Index);

    private sealed class DeathException : Exception;
}
