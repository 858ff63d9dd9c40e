using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Rollouts.Story;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>Applications in a store in memory, whose rollouts end when and as they are said to.</summary>
internal sealed class SimulatedFleet
{
    private readonly Dictionary<RolloutId, (DateTimeOffset Ends, RolloutPhase As)> _running = [];
    private readonly Dictionary<AppName, int> _rollouts = [];

    public SimulatedFleet(IEnumerable<AppTraffic> apps)
    {
        foreach (var app in apps)
        {
            Store.Write(Keys.App(app.Name), DocumentJson.Write(app.Definition.Value!));
            Store.Write(Keys.WeightsOf(app.Name), DocumentJson.Write(app.Weights.Value!));
            Store.Write(Keys.StateOf(app.Name), DocumentJson.Write(app.State.Value!));
        }
        Traffic = TrafficSnapshot.Empty.WithAll([.. Store.List(Keys.Apps), .. Store.List(Keys.Weights), .. Store.List(Keys.States)], Store.Index);
    }

    public SimulatedStore Store { get; } = new();

    public TrafficSnapshot Traffic { get; private set; }

    /// <summary>How a rollout of an application goes, by its number: how long it takes, and how it ends.</summary>
    public Func<AppName, int, (TimeSpan Takes, RolloutPhase As)> Rolls { get; set; } = (_, _) => (TimeSpan.FromMinutes(20), RolloutPhase.Succeeded);

    /// <summary>Rollouts that were begun.</summary>
    public int RolloutsOf(AppName app) => _rollouts.GetValueOrDefault(app);

    public bool TryCommit(ChangeSet changes)
    {
        if (!Store.TryCommit(changes)) return false;
        foreach (var begun in changes.Changes.OfType<Change.Put>().Where(c => c.Expected == 0).Select(c => Keys.FindApp(c.Key, Keys.Rollouts)).OfType<AppName>()) _rollouts[begun] = RolloutsOf(begun) + 1;
        Follow([.. changes.Changes.Where(c => c is not Change.Unchanged).Select(c => c.Key)]);
        return true;
    }

    public (Move Next, ChangeSet Changes) Begin(Migration migration, Move move, ChangeNote note, DateTimeOffset now)
    {
        var app = Traffic.Find(move.App);
        var plan = Presets.Find(migration.Definition.PlanOf(move.Wave, app.Definition.Value!)!.Value.GetString()!)!;
        var rollout = RolloutEngine.Create(RolloutId.Of(app.Name, note.Id), plan, app.State.Value!, app.Weights.LatestIndex, note.By, null, now) with { OnBehalfOf = migration.StartedBy };
        return (move with { Rollout = rollout.Id }, RolloutChanges.Create(rollout, app.State.Value!, app.State.LatestIndex, note.Id));
    }

    /// <summary>As the engine decides it; null where it refuses.</summary>
    public ChangeSet? Tell(RolloutId id, RolloutCommand command, string changeId, DateTimeOffset now)
    {
        var (rollout, at) = Store.Read<Rollout>(Keys.Rollout(id.App, id.ToString()));
        var app = Traffic.Find(id.App);
        var tick = RolloutTick.ForCommand(app, null, at, command, now);
        var (decision, next) = RolloutEngine.Decide(rollout!, tick);
        return decision.By == command.By ? RolloutChanges.Transition(next, decision, tick, app.State.LatestIndex, changeId) : null;
    }

    /// <summary>A person writes weights.</summary>
    public void WriteWeights(AppName app, Weights weights)
    {
        Store.Write(Keys.WeightsOf(app), DocumentJson.Write(weights));
        Follow([Keys.WeightsOf(app)]);
    }

    /// <summary>Somebody writes a state by hand.</summary>
    public void WriteState(AppName app, Func<AppState, AppState> change)
    {
        Store.Write(Keys.StateOf(app), DocumentJson.Write(change(Traffic.Find(app).State.Value!)));
        Follow([Keys.StateOf(app)]);
    }

    /// <summary>What drives rollouts is not the migration's: here they end when they are said to.</summary>
    public void EndRollouts(DateTimeOffset now)
    {
        foreach (var move in Traffic.Apps.Values.Where(a => a.State.Value!.Rollout is not null).ToList())
        {
            var id = RolloutId.Parse(move.State.Value!.Rollout!);
            var (rollout, _) = Store.Read<Rollout>(Keys.Rollout(id.App, id.ToString()));
            if (!_running.TryGetValue(id, out var run)) _running[id] = run = Rolls(id.App, RolloutsOf(id.App)) is var (takes, ends) ? (now + takes, ends) : default;
            if (rollout!.Phase == RolloutPhase.Paused || (now < run.Ends && rollout.Phase != RolloutPhase.RollingBack)) continue;
            var phase = rollout.Phase == RolloutPhase.RollingBack ? RolloutPhase.Aborted : run.As;
            Store.Write(Keys.Rollout(id.App, id.ToString()), DocumentJson.Write(rollout with { Phase = phase, EndsAs = null, EndedAt = now, Outcome = phase == RolloutPhase.Succeeded ? "all traffic is on green, which is stable now" : "errors" }));
            var state = move.State.Value with { Rollout = null, Stable = phase == RolloutPhase.Succeeded ? rollout.To : rollout.From };
            Store.Write(Keys.StateOf(id.App), DocumentJson.Write(state));
            Store.Write(Keys.WeightsOf(id.App), DocumentJson.Write(Weights.AllOn(state.Stable)));
            Follow([Keys.StateOf(id.App), Keys.WeightsOf(id.App)]);
        }
    }

    private void Follow(IReadOnlyList<string> keys) => Traffic = Traffic.With(
        [.. keys.Where(k => TrafficSnapshot.Prefixes.Any(k.StartsWith)).Select(k => (k, Store.Find(k) is var (value, index) ? new Entry(k, value, index) : null))], Store.Index);
}
