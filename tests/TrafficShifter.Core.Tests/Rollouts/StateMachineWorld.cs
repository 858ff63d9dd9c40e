using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Everything that can happen to a rollout in one moment.</summary>
public enum Happening
{
    Good, Bad, Few, Error, BothBad, Unasked, Late, NodeAway, NodeExcused, NoNodes, NoServers, MetricsAway, MetricsGone, FrozenGood, FrozenBad,
    Pause, Resume, FrozenResume, Abort, Promote, FrozenPromote, Approve, ApproveByOther, Reject,
    HookSilent, HookFailed, HookError, JudgeWorse, JudgeUnsure, JudgeSilent, LoseControllers, LoseControllersForLess, ForeignWeights, StableWeights, Lock, OtherRollout, Crash, CrashBad,
}

/// <summary>A rollout, the documents around it, and the process that drives it, at one moment. Decisions are committed as they are in truth: by CAS.</summary>
/// <param name="Fresh">The turn is the first of a process.</param>
internal sealed record World(Rollout Rollout, ulong Index, Weights Weights, ulong WeightsIndex, AppState State, ulong StateIndex, bool Fresh, DateTimeOffset Now)
{
    /// <summary>Two steps, and a person who is asked after the first.</summary>
    public static readonly Plan Gated = new()
    {
        Steps = [new(Share.Parse("10%"), TimeSpan.FromSeconds(1)) { Gate = new Gate { Approvers = ["anna"], Expires = TimeSpan.FromSeconds(2) } }, new(Share.Parse("50%"), TimeSpan.FromSeconds(1))],
        Checks = [new() { Name = "errors", Query = "e", Max = 0.01, Window = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromSeconds(1) }],
        StepDeadline = TimeSpan.FromSeconds(3),
        NodeGrace = TimeSpan.FromSeconds(3),
        ControllerLoss = new() { Do = LossAction.Failsafe },
        MetricsOutage = new() { After = TimeSpan.FromSeconds(5), Do = OutageAction.Pause },
    };

    /// <summary>The same with hooks at every point, and shorter clocks: what they count is explored without them.</summary>
    public static readonly Plan Hooked = Gated with
    {
        Steps = [Gated.Steps[0] with { Gate = new Gate { Approvers = ["anna"], Expires = TimeSpan.FromSeconds(1) } }, Gated.Steps[1]],
        StepDeadline = TimeSpan.FromSeconds(2),
        NodeGrace = TimeSpan.FromSeconds(1),
        Hooks =
        [
            new() { Name = "smoke", Type = HookType.PreStep, Url = "https://ci.example.com/smoke", Interval = TimeSpan.FromSeconds(1), ErrorsInARow = 2 },
            new() { Name = "load", Type = HookType.Gate, Url = "https://ci.example.com/load", Interval = TimeSpan.FromSeconds(1), OnFailure = OutcomeAction.Hold, OnError = OutcomeAction.Hold },
            new() { Name = "after", Type = HookType.PostRollout, Url = "https://ci.example.com/after", OnFailure = OutcomeAction.Hold, OnError = OutcomeAction.Hold },
        ],
    };

    /// <summary>The same with a judge, and shorter clocks.</summary>
    public static readonly Plan Judged = Gated with
    {
        Steps = Hooked.Steps,
        Judge = new JudgePlan(),
        StepDeadline = TimeSpan.FromSeconds(2),
        NodeGrace = TimeSpan.FromSeconds(1),
    };

    private static readonly NodeReport Nodes = SomeRollout.Observed("hap1", "hap2", "hap3");

    public bool OwnWeights => WeightsIndex == Rollout.WeightsIndexAt(Index);

    public Share Green => Weights.ShareOf(Colour.Green);

    public static World Begin(Plan plan)
    {
        var state = new AppState { Stable = Colour.Blue };
        var rollout = RolloutEngine.Create(RolloutId.Of(AppName.Parse("shop"), "01JD2X3Y4Z5A6B7C8D9E0F1G2H"), plan, state, 7, "anna", null, SomeRollout.Noon);
        return new World(rollout, 10, Weights.AllOn(Colour.Blue), 7, state with { Rollout = rollout.Id.ToString() }, 8, false, SomeRollout.Noon);
    }

    /// <summary>The world as far as it matters for what comes next. What only counts up is cut off where nothing asks for more.</summary>
    public string Key()
    {
        var (r, check) = (Rollout, Rollout.Checks[0]);
        if (r.Phase.IsEnd()) return FormattableString.Invariant($"{r.Phase} {Green} {State.Stable} {State.Rollout} {State.Lock is not null}");
        var last = check.Last switch { null => '-', Measurement.Passed => Now - check.Last.At > TimeSpan.FromSeconds(10) ? 'o' : 'p', Measurement.Failed => 'f', _ => 'u' };
        return FormattableString.Invariant($"{r.Phase} {r.Step} {r.PausedFrom} {r.EndsAs} {Cut(r.StepElapsed, r.Plan.StepDeadline)} {Cut(r.Serving, TimeSpan.FromSeconds(2))} {r.Settling} {r.Counting} {r.Observed} {Cut(r.Waited, r.Plan.NodeGrace)} {Cut(r.Gate?.Waited ?? -TimeSpan.FromSeconds(1), r.Plan.Steps[0].Gate!.Expires)} {r.Gate?.Approval?.By} {last} {Math.Min(check.Failures, 2)} {check.DueIn} {OwnWeights} {Green} {HooksKey()}");
    }

    /// <summary>Nothing on the way back or to promotion looks at a hook, and of one that passed nothing matters but that.</summary>
    private string HooksKey() => Rollout.Phase is not (RolloutPhase.Pending or RolloutPhase.Progressing or RolloutPhase.Paused) ? "" : string.Join(',', Rollout.Hooks
        .OrderBy(h => h.Step).ThenBy(h => h.Name, StringComparer.Ordinal)
        .Select(h => h.Passed ? FormattableString.Invariant($"{h.Name}{h.Step}p") : FormattableString.Invariant($"{h.Name}{h.Step}{(h.Asked ? 'a' : '-')}{h.Last?.GetType().Name[0]}{Math.Min(h.Failures, 1)}{Math.Min(h.Errors, 2)}{h.DueIn}")));

    public (World Next, Decision? Decision, RolloutTick? Tick) Play(Happening what)
    {
        switch (what)
        {
            case Happening.ForeignWeights:
                return (this with { Weights = new Weights { Blue = 30, Green = 70, By = "ben" }, WeightsIndex = Newest + 1 }, null, null);
            case Happening.StableWeights:
                return (this with { Weights = Weights.AllOn(Colour.Blue), WeightsIndex = Newest + 1 }, null, null);
            case Happening.Lock:
                return (this with { State = State with { Lock = new TrafficLock { To = Colour.Blue, By = "anna", Reason = "fire", At = Now } }, StateIndex = Newest + 1 }).Turn(what);
            case Happening.OtherRollout:
                return (this with { State = State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2z" }, StateIndex = Newest + 1 }).Turn(what);
            case Happening.Crash or Happening.CrashBad:
                // Another process goes on with the documents as they are written, and knows of no time yet.
                return (this with { Rollout = JsonSerializer.Deserialize<Rollout>(DocumentJson.Write(Rollout), DocumentJson.Options)!, Fresh = true }).Turn(what);
            default:
                return Turn(what);
        }
    }

    private ulong Newest => Math.Max(Index, Math.Max(WeightsIndex, StateIndex));

    private (World, Decision?, RolloutTick?) Turn(Happening what)
    {
        var command = CommandOf(what);
        // A person's word comes by the api, which knows of no nodes, metrics and time.
        var elapsed = Fresh || command is not null ? TimeSpan.Zero : TimeSpan.FromSeconds(what == Happening.Late ? 20 : 1);
        var now = Now + elapsed;
        var away = what switch { Happening.MetricsAway => TimeSpan.FromSeconds(1), Happening.MetricsGone => TimeSpan.FromSeconds(9), _ => (TimeSpan?)null };
        var tick = new RolloutTick
        {
            Now = now, Elapsed = elapsed, RolloutIndex = Index, Weights = new WeightsSeen(WeightsIndex, Weights), State = State, Settle = TimeSpan.FromSeconds(1), Command = command,
            Nodes = command is null ? NodesOf(what) : NodeReport.None,
            MetricsAway = away is { } gone ? new MetricsAway(gone, "refused") : null,
            Standstill = what is Happening.FrozenGood or Happening.FrozenBad or Happening.FrozenResume or Happening.FrozenPromote ? "frozen" : null,
            Hook = command is null ? AnswerOf(what, now) : null,
            Judge = command is null && Rollout.Plan.IsJudged ? JudgeSaying.Of(what, Rollout) : null,
            Measurements = command is null && away is null ? [.. RolloutEngine.DueChecks(Rollout, elapsed).Select(d => Measure(what, d, now)).OfType<Measurement>()] : [],
        };
        var (decision, next) = RolloutEngine.Decide(Rollout, tick);
        var world = this with { Now = now, Fresh = false };
        // What people read of the past decides nothing: without it the documents stay small.
        if (decision is Decision.Hold) return (world with { Rollout = Slim(next) }, decision, tick);
        return (world.Commit(RolloutChanges.Transition(next, decision, tick, StateIndex, "01JD2X3Y4Z5A6B7C8D9E0F1G2J"), Slim(next)), decision, tick);
    }

    private World Commit(ChangeSet changes, Rollout next)
    {
        var index = Newest + 1;
        var world = this with { Rollout = next };
        foreach (var change in changes.Changes)
        {
            var (expected, value) = change switch { Change.Put put => (put.Expected, put.Value), Change.Unchanged unchanged => (unchanged.Expected, null), _ => (ulong.MaxValue, null) };
            if (expected == ulong.MaxValue) continue;
            var known = change.Key switch { "weights/shop" => WeightsIndex, "state/shop" => StateIndex, _ => Index };
            expected.ShouldBe(known, $"{change.Key} is compared with what is there");
            if (value is null) continue;
            world = change.Key switch
            {
                "weights/shop" => world with { Weights = JsonSerializer.Deserialize<Weights>(value, DocumentJson.Options)!, WeightsIndex = index },
                "state/shop" => world with { State = JsonSerializer.Deserialize<AppState>(value, DocumentJson.Options)!, StateIndex = index },
                _ => world with { Index = index },
            };
        }
        return world;
    }

    private static Rollout Slim(Rollout rollout) => rollout with { Decisions = [], Measurements = [], Judge = null };

    private static string Cut(TimeSpan clock, TimeSpan most) => FormattableString.Invariant($"{Math.Min(clock.TotalSeconds, most.TotalSeconds)}");

    private static RolloutCommand? CommandOf(Happening what) => what switch
    {
        Happening.Pause => new RolloutCommand.Pause("anna"),
        Happening.Resume or Happening.FrozenResume => new RolloutCommand.Resume("anna"),
        Happening.Abort => new RolloutCommand.Abort("anna"),
        Happening.Promote or Happening.FrozenPromote => new RolloutCommand.Promote("anna", "hotfix"),
        Happening.Approve => new RolloutCommand.Approve("anna"),
        Happening.ApproveByOther => new RolloutCommand.Approve("carl"),
        Happening.Reject => new RolloutCommand.Reject("anna"),
        Happening.LoseControllers => new RolloutCommand.LoseControllers(TimeSpan.FromMinutes(5)),
        Happening.LoseControllersForLess => new RolloutCommand.LoseControllers(TimeSpan.FromMinutes(4)),
        _ => null,
    };

    /// <summary>What the attempt that is under way hears; another process than the one that made it hears nothing.</summary>
    private HookAnswer? AnswerOf(Happening what, DateTimeOffset at)
    {
        if (Fresh || RolloutEngine.FindCall(Rollout) is not { } call) return null;
        return what switch
        {
            Happening.Good or Happening.FrozenGood => new HookAnswer(call, HookOutcome.OfStatus(204, "ci.example.com", TimeSpan.FromMilliseconds(120), at)),
            Happening.HookFailed => new HookAnswer(call, HookOutcome.OfStatus(500, "ci.example.com", TimeSpan.FromMilliseconds(120), at)),
            Happening.HookError => new HookAnswer(call, new HookOutcome.Error(at, TimeSpan.FromSeconds(10), "ci.example.com did not answer within 10 s")),
            _ => null,
        };
    }

    private static NodeReport NodesOf(Happening what) => what switch
    {
        Happening.NoNodes => NodeReport.None,
        Happening.NoServers => new([.. Nodes.Nodes.Take(2), new RolloutNode("hap3", NodeObservation.Failing, TimeSpan.FromMinutes(5), Servers: new(new(0, 2), new(0, 2)))]),
        Happening.NodeAway => new([.. Nodes.Nodes.Take(2), SomeRollout.Missing("hap3", 1)]),
        Happening.NodeExcused => new([.. Nodes.Nodes.Take(2), SomeRollout.Missing("hap3", 300)]),
        _ => Nodes,
    };

    private static Measurement? Measure(Happening what, DueCheck due, DateTimeOffset at) => what switch
    {
        Happening.Bad or Happening.FrozenBad or Happening.CrashBad => SomeRollout.Failed(due.Check.Name, at),
        Happening.Few => SomeRollout.Insufficient(due.Check.Name, at),
        Happening.BothBad => (Measurement.Insufficient)SomeRollout.Insufficient(due.Check.Name, at) with { BothSides = true },
        Happening.Error => new Measurement.Error { Check = due.Check.Name, Limit = "max 0.01", Query = "e", Window = due.Window, At = at, Sentence = "errors: could not be measured: no route" },
        Happening.Unasked or Happening.Late => null,
        _ => SomeRollout.Passed(due.Check.Name, at),
    };
}
