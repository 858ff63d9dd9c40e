using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>A rollout and the world around it, one second a turn: nodes observe at once, checks pass, unless a test says otherwise.</summary>
internal sealed class SomeRollout
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public SomeRollout(Plan? plan = null)
    {
        State = new AppState { Stable = Colour.Blue };
        Weights = new WeightsSeen(7, Core.Traffic.Weights.AllOn(Colour.Blue));
        Rollout = RolloutEngine.Create(RolloutId.Of(AppName.Parse("shop"), "01JD2X3Y4Z5A6B7C8D9E0F1G2H"), plan ?? Plan, State, Weights.Index, "anna", "release 42", Noon);
        State = State with { Rollout = Rollout.Id.ToString() };
        Index = 10;
    }

    public static Plan Plan { get; } = new()
    {
        Name = "short",
        Steps = [new(Share.Parse("5%"), TimeSpan.FromSeconds(10)), new(Share.Parse("50%"), TimeSpan.FromSeconds(10))],
        Checks = [new() { Name = "errors", Query = "e", Max = 0.01, Window = TimeSpan.FromSeconds(5), Interval = TimeSpan.FromSeconds(2) }],
    };

    public Rollout Rollout { get; set; }

    public AppState State { get; set; }

    public WeightsSeen Weights { get; set; }

    /// <summary>ModifyIndex of the rollout's document.</summary>
    public ulong Index { get; set; }

    public DateTimeOffset Now { get; set; } = Noon;

    public NodeReport Nodes { get; set; } = Observed("hap1", "hap2");

    public MetricsAway? MetricsAway { get; set; }

    public string? Standstill { get; set; }

    /// <summary>What a hook answered; given to every turn until it is taken away.</summary>
    public HookAnswer? Hook { get; set; }

    /// <summary>What a due check measures; null: nobody asks.</summary>
    public Func<DueCheck, DateTimeOffset, Measurement?> Measure { get; set; } = (due, at) => Passed(due.Check.Name, at);

    public Decision? Last { get; private set; }

    public RolloutTick? Tick { get; private set; }

    public static NodeReport Observed(params string[] names) => new([.. names.Select(n => new RolloutNode(n, NodeObservation.Observed, TimeSpan.Zero))]);

    public static RolloutNode Missing(string name, double seconds, NodeObservation status = NodeObservation.Unknown) => new(name, status, TimeSpan.FromSeconds(seconds));

    public static Measurement Passed(string check, DateTimeOffset at) => new Measurement.Passed
    {
        Check = check, Value = 0.001, Limit = "max 0.01", Query = "e", Window = TimeSpan.FromSeconds(5), At = at, Sentence = $"{check}: 0.001 is within max 0.01 (over 5s)",
    };

    public static Measurement Failed(string check, DateTimeOffset at) => new Measurement.Failed
    {
        Check = check, Value = 0.5, Limit = "max 0.01", Query = "e", Window = TimeSpan.FromSeconds(5), At = at, Sentence = $"{check}: 0.5 is beyond max 0.01 (over 5s)",
    };

    public static Measurement Insufficient(string check, DateTimeOffset at) => new Measurement.Insufficient
    {
        Check = check, Limit = "max 0.01", Query = "e", Window = TimeSpan.FromSeconds(5), At = at, Sentence = $"{check}: too little data: the query returned no data in 5s",
    };

    /// <summary>One turn, committed: the weights are written when the decision says so.</summary>
    public Decision Turn(double seconds = 1, RolloutCommand? command = null)
    {
        var elapsed = TimeSpan.FromSeconds(seconds);
        Now += elapsed;
        var due = RolloutEngine.DueChecks(Rollout, elapsed);
        Tick = new RolloutTick
        {
            Now = Now, Elapsed = elapsed, RolloutIndex = Index, Weights = Weights, State = State, Nodes = Nodes, MetricsAway = MetricsAway, Standstill = Standstill, Command = command, Hook = Hook,
            Measurements = [.. due.Select(d => Measure(d, Now)).OfType<Measurement>()],
        };
        (Last, Rollout) = RolloutEngine.Decide(Rollout, Tick);
        if (Rollout.WeightsIndex is null)
        {
            Index++;
            Weights = new WeightsSeen(Index, RolloutChanges.WantedWeights(Rollout) with { By = "controller" });
        }
        if (Last is Decision.Finish) State = State with { Rollout = null, Stable = Rollout.Phase == RolloutPhase.Succeeded ? Rollout.To : State.Stable };
        return Last;
    }

    /// <summary>The attempt that is under way is answered.</summary>
    public Decision Answer(int status) => Answer(HookOutcome.OfStatus(status, "ci.example.com", TimeSpan.FromMilliseconds(120), Now + TimeSpan.FromSeconds(1)));

    /// <summary>The attempt that is under way has no answer.</summary>
    public Decision Silence() => Answer(new HookOutcome.Error(Now + TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), "ci.example.com did not answer within 10 s"));

    private Decision Answer(HookOutcome outcome)
    {
        Hook = new HookAnswer(RolloutEngine.FindCall(Rollout)!, outcome);
        Turn();
        Hook = null;
        return Last!;
    }

    /// <summary>Turns until a decision of this kind, at most 200.</summary>
    public T Until<T>()
        where T : Decision
    {
        for (var i = 0; i < 200; i++)
        {
            if (Turn() is T found) return found;
        }
        throw new InvalidOperationException($"no {typeof(T).Name} in 200 turns; the last decision is {Last}");
    }

    /// <summary>Somebody else writes the weights.</summary>
    public void WriteWeights(int blue, int green, string? by = null) =>
        Weights = new WeightsSeen(Weights.Index + 100, new Weights { Blue = blue, Green = green, By = by });
}
