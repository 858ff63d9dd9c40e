using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts.Story;

/// <summary>When a simulated controller dies.</summary>
public enum Crashes
{
    Never,

    /// <summary>After each decision that was written.</summary>
    AfterEachDecision,

    /// <summary>After each write, those that only save clocks and measurements too.</summary>
    AfterEachWrite,
}

/// <summary>A store, a controller that takes a turn every ten seconds, and the world that a script makes: nothing in it waits, and nothing is left to chance.</summary>
internal sealed class Simulation(Script script, Crashes crashes)
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(10);
    private static readonly AppName Shop = AppName.Parse("shop");
    private readonly SimulatedStore _store = new();
    private readonly List<string> _log = [];
    private readonly RolloutId _id = RolloutId.Of(Shop, "01JD2X3Y4Z5A6B7C8D9E0F1G2H");
    private readonly HashSet<HookCall> _died = [];
    private Controller _controller = new();
    private int _changes;

    /// <summary>What one process knows and another does not.</summary>
    private sealed class Controller
    {
        public Rollout? Kept { get; set; }

        public Rollout? Saved { get; set; }

        public ulong Index { get; set; }

        public DateTimeOffset? LastTurn { get; set; }

        public DateTimeOffset SavedAt { get; set; }

        public (HookCall Call, DateTimeOffset At)? Asking { get; set; }
    }

    public DateTimeOffset Now { get; private set; }

    /// <summary>What was decided, and when: a line for each decision that was written, and for each thing that was waited for.</summary>
    public IReadOnlyList<string> Log => _log;

    public Rollout Rollout => _store.Read<Rollout>(RolloutKey).Value!;

    public AppState State => _store.Read<AppState>(Keys.StateOf(Shop)).Value!;

    public Weights Weights => _store.Read<Weights>(Keys.WeightsOf(Shop)).Value!;

    /// <summary>Every attempt that a hook heard of.</summary>
    public List<(string Delivery, int Attempt)> Asked { get; } = [];

    public int Starts { get; private set; } = 1;

    private string RolloutKey => Keys.Rollout(Shop, _id.ToString());

    /// <summary>From the first document to the last answer of a hook.</summary>
    public Simulation Run()
    {
        Now = script.Begin;
        var state = new AppState { Stable = Colour.Blue };
        _store.Write(Keys.WeightsOf(Shop), DocumentJson.Write(Weights.AllOn(Colour.Blue)));
        var rollout = RolloutEngine.Create(_id, script.Plan, state, _store.Index, "anna", "release 42", Now);
        _store.TryCommit(RolloutChanges.Create(rollout, state, 0, NextId())).ShouldBeTrue();
        while (!IsOver())
        {
            foreach (var (control, value) in script.Control(Now)) _store.WriteOrRemove(control, value);
            foreach (var weights in script.Hands(Now)) _store.Write(Keys.WeightsOf(Shop), DocumentJson.Write(weights));
            foreach (var command in script.Commands(Now)) Tell(command);
            if (script.IsStoreAway(Now)) _controller = new Controller();
            else if (Rollout.Phase.IsEnd()) AskAfterwards();
            else TakeTurn();
            Now += Turn;
            (Now - script.Begin).ShouldBeLessThan(TimeSpan.FromDays(1), string.Join('\n', _log));
        }
        return this;
    }

    private bool IsOver() => Rollout.Phase.IsEnd() && _store.Find(Keys.PendingHooks(Shop, _id.ToString())) is null;

    private Standstill Standstill => Standstill.Of(_store.List(Keys.Control));

    private RolloutTick Tick(ulong index) => new()
    {
        Now = Now,
        RolloutIndex = index,
        Weights = new WeightsSeen(_store.IndexOf(Keys.WeightsOf(Shop)), Weights),
        State = State,
        Standstill = Standstill.Find(Shop, Now),
    };

    private void Tell(RolloutCommand command)
    {
        var index = _store.IndexOf(RolloutKey);
        var tick = Tick(index) with { Command = command };
        var (decision, next) = RolloutEngine.Decide(Rollout, tick);
        if (decision is Decision.Hold hold) Note($"{command.By} is told ({hold.Why}): {hold.Sentence}");
        else Commit(RolloutChanges.Transition(next, decision, tick, _store.IndexOf(Keys.StateOf(Shop)), NextId()), decision, next);
    }

    private void TakeTurn()
    {
        var index = _store.IndexOf(RolloutKey);
        if (_controller.Kept is null || _controller.Index != index) (_controller.Kept, _controller.Saved, _controller.Index, _controller.LastTurn, _controller.SavedAt) = (Rollout, Rollout, index, null, Now);
        var rollout = _controller.Kept!;
        if (_controller.Asking is { } asking && RolloutEngine.FindCall(rollout) != asking.Call) _controller.Asking = null;
        var elapsed = Now - (_controller.LastTurn ?? Now);
        _controller.LastTurn = Now;
        var away = script.FindMetricsAway(Now);
        var tick = Tick(index) with
        {
            Elapsed = elapsed,
            Nodes = script.Nodes(Now),
            MetricsAway = away,
            Measurements = away is null ? [.. RolloutEngine.DueChecks(rollout, elapsed).Select(due => script.Measure(due, rollout, Now))] : [],
            Hook = _controller.Asking is { } asked && script.FindAnswer(asked.Call, asked.At, Now) is { } outcome ? new HookAnswer(asked.Call, outcome) : null,
        };
        var (decision, next) = RolloutEngine.Decide(rollout, tick);
        if (decision is not Decision.Hold hold)
        {
            Commit(Standstill.Guard(RolloutChanges.Transition(next, decision, tick, _store.IndexOf(Keys.StateOf(Shop)), NextId()), decision), decision, next);
            return;
        }
        if (rollout.Decisions is not [.., { Kind: "hold" } last] || last.Why != next.Decisions[^1].Why) Note($"waits ({hold.Why}): {hold.Sentence}");
        _controller.Kept = next;
        var call = hold.Why == HoldReason.Hook && RolloutEngine.FindCall(next) is { } asks && asks != _controller.Asking?.Call ? asks : null;
        if (call is null && !RolloutChanges.IsWorthSaving(_controller.Saved!, next, Now - _controller.SavedAt)) return;
        if (!Commit(Standstill.Guard(RolloutChanges.Checkpoint(_controller.Saved!, next, tick, NextId()), decision), null, next, call) || call is null) return;
        Asked.Add((call.Delivery, call.Attempt));
        _controller.Asking = (call, Now);
    }

    private void AskAfterwards()
    {
        if (Standstill.Find(Shop, Now) is not null) return;
        var mark = _store.Find(Keys.PendingHooks(Shop, _id.ToString()))!.Value;
        var call = PostRollout.FindCall(Rollout)!;
        if (_controller.Asking?.Call != call)
        {
            _controller.Asking = (call, Now);
            Asked.Add((call.Delivery, call.Attempt));
        }
        if (script.FindAnswer(call, _controller.Asking!.Value.At, Now) is not { } outcome) return;
        var (next, decision, changes) = PostRollout.Hear(Rollout, new HookAnswer(call, outcome), _store.IndexOf(RolloutKey), mark.Index, NextId(), Now);
        Commit(changes, decision, next);
    }

    /// <param name="call">The attempt at a hook that follows the write.</param>
    private bool Commit(ChangeSet changes, Decision? decision, Rollout next, HookCall? call = null)
    {
        if (!_store.TryCommit(changes)) return false;
        if (decision is not null) Note($"{decision.Kind}{(decision.By is { } by ? $" by {by}" : "")}: {decision.Sentence}");
        (_controller.Kept, _controller.Saved, _controller.Index, _controller.SavedAt) = (next, next, _store.Index, Now);
        // A process that died at each of its attempts would never hear of one.
        if (crashes == Crashes.Never || (decision is null && crashes == Crashes.AfterEachDecision) || (call is not null && !_died.Add(call))) return true;
        // Another process begins with the documents alone.
        (_controller, Starts) = (new Controller(), Starts + 1);
        if (call is not null) Asked.Add((call.Delivery, call.Attempt));
        return call is null;
    }

    private void Note(string line) => _log.Add($"{Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {line}");

    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"01JD2X3Y4Z5A6B7C8D9E{++_changes:D6}");
}
