using System.Globalization;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Rollouts;
using TrafficShifter.Core.Tests.Rollouts.Story;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>Many applications in a store, and a controller that evacuates and restores green; it may die before any write, and another goes on.</summary>
internal sealed class EvacuationWorld(int apps, Random random, double deaths)
{
    private readonly SimulatedStore _store = new();
    private readonly Dictionary<string, Rollout> _live = [];
    private TrafficSnapshot _snapshot = TrafficSnapshot.Empty;
    private int _ids;

    /// <summary>Controllers that died on the way.</summary>
    public int Deaths { get; private set; }

    /// <summary>Applications whose canaries fail.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>The largest transaction, in operations.</summary>
    public int Largest { get; private set; }

    /// <summary>The most canaries that ran at one time.</summary>
    public int MostCanaries { get; private set; }

    public DateTimeOffset Now { get; private set; } = SomeRollout.Noon;

    public Evacuation Evacuation => _store.Read<Evacuation>(Keys.Evacuation(Colour.Green)).Value!;

    public TrafficSnapshot Snapshot => _snapshot.Index == _store.Index ? _snapshot : _snapshot = _snapshot.WithAll(TrafficSnapshot.Prefixes.SelectMany(_store.List), _store.Index);

    /// <summary>Applications with all kinds of weights, on both stable colours.</summary>
    public void Register()
    {
        foreach (var n in Enumerable.Range(0, apps))
        {
            var app = AppName.Parse($"app{n:D4}");
            var (blue, green) = (n % 5) switch { 0 => (0, 100), 1 => (100, 0), 2 => (random.Next(0, 1_000), random.Next(1, 1_000)), 3 => (0, random.Next(1, 1_000_000)), _ => (90, 10) };
            _store.Write(Keys.App(app), DocumentJson.Write(new AppDefinition { Name = app, Routing = new Routing { Backend = ProxyName.Parse("be") }.WithDefaults() }));
            _store.Write(Keys.WeightsOf(app), DocumentJson.Write(new Weights { Blue = blue, Green = green, By = "anna" }));
            _store.Write(Keys.StateOf(app), DocumentJson.Write(new AppState { Stable = n % 3 == 0 ? Colour.Blue : Colour.Green, OverrideAck = "01" }));
        }
    }

    public void Write(Evacuation evacuation) => _store.Write(Keys.Evacuation(Colour.Green), DocumentJson.Write(evacuation));

    /// <summary>What every application has: weights by their numbers, and the state as it is stored, but since when its colour is stable.</summary>
    public IReadOnlyList<string> Everything() => [.. Snapshot.Apps.Values.OrderBy(a => a.Name.Value, StringComparer.Ordinal).Select(a =>
        string.Create(CultureInfo.InvariantCulture, $"{a.Name} {a.Weights.Value!.Blue}:{a.Weights.Value.Green} {DocumentJson.Write(a.State.Value! with { StableSince = null })}"))];

    public void Until(EvacuationPhase phase)
    {
        for (var turn = 0; turn < 5_000; turn++)
        {
            if (Evacuation.Phase == phase) return;
            Turn();
        }
        throw new InvalidOperationException($"after 5,000 turns it is {Evacuation.Phase}");
    }

    /// <summary>One second of the controller.</summary>
    public void Turn()
    {
        Now += TimeSpan.FromSeconds(1);
        var (evacuation, index) = _store.Read<Evacuation>(Keys.Evacuation(Colour.Green));
        var turn = EvacuationEngine.Decide(evacuation!, new EvacuationTick
        {
            Now = Now, Elapsed = TimeSpan.FromSeconds(1), Index = index, Snapshot = Snapshot, NewId = NewId,
            Sides = new ColourSides(Colour.Green, [new ColourNodeStatus { Node = "hap1", Watermark = _store.Index, Left = new FleetLeft { Applications = 1, Quiet = true } }]),
            Plans = new Dictionary<string, Plan> { ["short"] = SomeRollout.Plan },
        });
        foreach (var changes in turn.Changes)
            if (!TryCommit(changes)) return;
        MostCanaries = Math.Max(MostCanaries, Snapshot.Apps.Values.Count(a => a.State.Value!.Rollout is not null));
        foreach (var app in Snapshot.Apps.Values.Where(a => a.State.Value!.Rollout is not null))
            if (!Drive(app)) return;
    }

    private bool Drive(AppTraffic app)
    {
        var (state, key) = (app.State.Value!, Keys.Rollout(app.Name, app.State.Value!.Rollout!));
        var (stored, index) = _store.Read<Rollout>(key);
        var rollout = _live.GetValueOrDefault(key) ?? stored!;
        var due = RolloutEngine.DueChecks(rollout, TimeSpan.FromSeconds(1));
        var tick = new RolloutTick
        {
            Now = Now, Elapsed = TimeSpan.FromSeconds(1), RolloutIndex = index, Weights = new WeightsSeen(app.Weights.LatestIndex, app.Weights.Value), State = state with { Lock = app.FindLock(Snapshot.Fleet) },
            Nodes = SomeRollout.Observed("hap1"),
            Measurements = [.. due.Select(d => Broken.Contains(app.Name.Value) ? SomeRollout.Failed(d.Check.Name, Now) : SomeRollout.Passed(d.Check.Name, Now))],
        };
        var (decision, next) = RolloutEngine.Decide(rollout, tick);
        _live[key] = next;
        if (decision is Decision.Hold) return true;
        if (!TryCommit(RolloutChanges.Transition(next, decision, tick, app.State.LatestIndex, NewId()))) return false;
        _live.Remove(key);
        return true;
    }

    /// <summary>False: the process died before the write or right after it; what it knew by itself is gone.</summary>
    private bool TryCommit(ChangeSet changes)
    {
        Largest = Math.Max(Largest, changes.Operations + 3);
        var dies = random.NextDouble() < deaths;
        if (!dies || random.Next(2) == 0) _store.TryCommit(changes).ShouldBeTrue("nobody else writes");
        if (!dies) return true;
        Deaths++;
        _live.Clear();
        return false;
    }

    private string NewId() => "01JD2X3Y4Z" + (++_ids).ToString("D16", CultureInfo.InvariantCulture);
}
