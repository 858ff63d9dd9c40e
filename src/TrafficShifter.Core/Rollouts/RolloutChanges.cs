using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Turns a decision into the transaction that makes it true. The caller adds its fence and its feed entry.</summary>
/// <remarks>Weights and state are always in it, written or required unchanged: a decision taken on what is no longer so loses.</remarks>
public static class RolloutChanges
{
    /// <summary>Who the service's own decisions are signed by.</summary>
    public const string Controller = "controller";

    /// <summary>Seconds of a step that a crash may cost: a rollout's clocks are worth saving this often.</summary>
    public static readonly TimeSpan CheckpointEvery = TimeSpan.FromSeconds(5);

    /// <summary>Rollouts whose clocks are saved in a second at most: a document is some tens of kilobytes, and the store writes each of them on every server.</summary>
    private const int CheckpointsInASecond = 50;

    /// <summary>How often a rollout's clocks are worth saving while so many run: every 5 s up to 250 of them, every 40 s at 2,000. What a check or a decision changes is saved at once.</summary>
    public static TimeSpan CheckpointEveryOf(int running) =>
        TimeSpan.FromSeconds(Math.Max(CheckpointEvery.TotalSeconds, (double)running / CheckpointsInASecond));

    /// <summary>The rollout's creation: its document, and the state that names it.</summary>
    /// <param name="state">The state as read, and its ModifyIndex (0: there was none, <paramref name="state"/> is the default).</param>
    /// <param name="changeId">ULID of the history entry.</param>
    /// <param name="origin">From where it was started.</param>
    public static ChangeSet Create(Rollout rollout, AppState state, ulong stateIndex, string changeId, ChangeOrigin? origin = null)
    {
        var sentence = $"rollout from {rollout.From.Word()} to {rollout.To.Word()} in {rollout.Plan.Steps.Count} steps{(rollout.Plan.Name is { } plan ? $" by plan {plan}" : "")}";
        var next = state with { Rollout = rollout.Id.ToString() };
        return ChangeSet.Empty.With(
            new Change.Put(Keys.Rollout(rollout.App, rollout.Id.ToString()), RolloutLog.Write(rollout), 0),
            new Change.Put(Keys.StateOf(rollout.App), DocumentJson.Write(next), stateIndex),
            new Change.Unchanged(Keys.WeightsOf(rollout.App), rollout.WeightsIndexAt(0)),
            History(rollout, changeId, "rollout.created", rollout.StartedBy, rollout.Reason, rollout.StartedAt, sentence, Element(state), Element(next), origin));
    }

    /// <summary>A decision that is more than a hold: the rollout's document, weights if traffic moves, state if the rollout ends, history.</summary>
    /// <param name="tick">The tick that the decision was taken on.</param>
    /// <param name="stateIndex">ModifyIndex of the tick's state; 0: there was none.</param>
    /// <remarks>
    /// A state that is written takes the tick's lock with it. That matters when the lock is a rollback of all applications: the state is
    /// then newer than it, and would escape it without a lock of its own.
    /// </remarks>
    /// <exception cref="ArgumentException">The decision is a hold: that is a <see cref="Checkpoint"/>.</exception>
    public static ChangeSet Transition(Rollout next, Decision decision, RolloutTick tick, ulong stateIndex, string changeId)
    {
        if (decision is Decision.Hold) throw new ArgumentException("a hold changes nothing but the rollout's own document", nameof(decision));
        var state = tick.State;
        var by = decision.By ?? Controller;
        var weights = next.WeightsIndex is null ? SignedWeights(next, decision, tick, by, changeId) : null;
        var newState = NextState(next, state, tick.Now);
        JsonElement? before = weights is not null ? Find(tick.Weights.Value) : newState is not null ? Element(state) : null;
        var after = weights is not null ? Find(weights) : Find(newState);
        return Put(next, tick.RolloutIndex).With(
            weights is null
                ? new Change.Unchanged(Keys.WeightsOf(next.App), tick.Weights.Index)
                : new Change.Put(Keys.WeightsOf(next.App), DocumentJson.Write(weights), tick.Weights.Index),
            newState is null
                ? new Change.Unchanged(Keys.StateOf(next.App), stateIndex)
                : new Change.Put(Keys.StateOf(next.App), DocumentJson.Write(newState), stateIndex),
            History(next, changeId, KindOf(decision), by, tick.Command?.Reason, tick.Now, decision.Sentence, before, after, tick.Command?.Origin)).With([.. PostRollout.Mark(next)]);
    }

    /// <summary>An answer that is noted after the end: the rollout's document, and history.</summary>
    internal static Change[] Noted(Rollout next, Decision.Hear decision, ulong rolloutIndex, string changeId, DateTimeOffset now) =>
    [
        new Change.Put(Keys.Rollout(next.App, next.Id.ToString()), RolloutLog.Write(next), rolloutIndex),
        History(next, changeId, KindOf(decision), Controller, null, now, decision.Sentence, null, null),
    ];

    /// <summary>The rollout's document alone: clocks and measurements, without a transition.</summary>
    /// <param name="saved">The document as it is stored.</param>
    /// <param name="changeId">ULID of the history entry, which only a hold gets that begins and that people are called for.</param>
    public static ChangeSet Checkpoint(Rollout saved, Rollout next, RolloutTick tick, string changeId) =>
        FindAlarm(saved, next) is { } alarm
            ? Put(next, tick.RolloutIndex).With(History(next, changeId, "rollout.held", Controller, null, tick.Now, alarm.Sentence, null, null))
            : Put(next, tick.RolloutIndex);

    /// <summary>A hold that begins with <paramref name="next"/> and does not end without somebody: no servers for the traffic.</summary>
    public static DecisionRecord? FindAlarm(Rollout saved, Rollout next) =>
        LastDecision(next) is { Why: "servers" } last && (LastDecision(saved)?.At, LastDecision(saved)?.Why) != (last.At, last.Why) ? last : null;

    /// <summary>What a rollout waits for that does not come without somebody, as a sentence: a person who resumes it, one who is asked at a gate, servers; null for nothing.</summary>
    public static string? FindCallForSomebody(Rollout rollout) => LastDecision(rollout) switch
    {
        _ when rollout.Phase.IsEnd() => null,
        _ when rollout is { Phase: RolloutPhase.Paused, PausedReason: { } reason } => $"it is paused: {reason}",
        _ when Gates.IsWaiting(rollout) => $"step {rollout.Step + 1} of {rollout.Plan.Steps.Count} at {rollout.Plan.Steps[rollout.Step].Share} waits for approval",
        { Why: "servers", Sentence: var sentence } => sentence,
        _ => null,
    };

    /// <summary>
    /// Whether a hold's <paramref name="next"/> should be saved: a check's outcome or count changed, what is waited for changed, <paramref name="every"/> of clock
    /// went by, or its sentence, which people read from the document, is as old and no longer true.
    /// </summary>
    /// <param name="saved">The document as it is stored.</param>
    /// <param name="savedFor">How long it has been stored so.</param>
    /// <param name="every">See <see cref="CheckpointEveryOf"/>; null: <see cref="CheckpointEvery"/>.</param>
    public static bool IsWorthSaving(Rollout saved, Rollout next, TimeSpan savedFor = default, TimeSpan? every = null) =>
        next.StepElapsed - saved.StepElapsed >= (every ?? CheckpointEvery)
        || next.Elapsed - saved.Elapsed >= (every ?? CheckpointEvery)
        || LastDecision(next)?.At != LastDecision(saved)?.At
        || (savedFor >= (every ?? CheckpointEvery) && LastDecision(next)?.Sentence != LastDecision(saved)?.Sentence)
        || !next.Checks.Select(Summary).SequenceEqual(saved.Checks.Select(Summary));

    /// <summary>The weights of the rollout's wanted share, unsigned.</summary>
    public static Weights WantedWeights(Rollout rollout) => rollout.ReturnsTo is { } before && RolloutEngine.IsAtEnd(rollout)
        ? before.ToWeights()
        : Weights.Giving(rollout.To, RolloutEngine.WantedShare(rollout));

    // Fields of the weights that this version does not know survive.
    private static Weights SignedWeights(Rollout next, Decision decision, RolloutTick tick, string by, string changeId) =>
        WantedWeights(next) with { By = by, Reason = decision.Sentence, At = tick.Now, Change = changeId, UnknownFields = tick.Weights.Value?.UnknownFields };

    private static DecisionRecord? LastDecision(Rollout rollout) => rollout.Decisions is [.., var last] ? last : null;

    private static (Type?, int, int, int) Summary(CheckState check) => (check.Last?.GetType(), check.FailuresInStep, check.InsufficientInStep, check.ErrorsInStep);

    private static ChangeSet Put(Rollout next, ulong expected) =>
        ChangeSet.Empty.With(new Change.Put(Keys.Rollout(next.App, next.Id.ToString()), RolloutLog.Write(next), expected));

    /// <summary>The state after the transition; null when it does not change.</summary>
    private static AppState? NextState(Rollout next, AppState state, DateTimeOffset now)
    {
        if (!next.Phase.IsEnd()) return null;
        // A state that names another rollout is not this one's to clear.
        if (state.Rollout != next.Id.ToString()) return null;
        state = state with { Rollout = null };
        if (next.ReturnsTo is not null) return Evacuations.Returning.End(next, state, now);
        return next.Phase == RolloutPhase.Succeeded ? state with { Stable = next.To, StableSince = now } : state;
    }

    private static string KindOf(Decision decision) => decision switch
    {
        Decision.Start => "rollout.started",
        Decision.Advance => "rollout.advanced",
        Decision.Pause => "rollout.paused",
        Decision.Resume => "rollout.resumed",
        Decision.Promote => "rollout.promoting",
        Decision.Ask => "rollout.gateReached",
        Decision.Hear { Outcome: HookOutcome.Passed } => "rollout.hookPassed",
        Decision.Hear { Outcome: HookOutcome.Failed } => "rollout.hookFailed",
        Decision.Hear => "rollout.hookUnanswered",
        Decision.Approve => "rollout.approved",
        Decision.Reject => "rollout.rejected",
        Decision.RollBack => "rollout.rollingBack",
        Decision.Abort => "rollout.aborting",
        Decision.Finish { Outcome: RolloutPhase.Succeeded } => "rollout.succeeded",
        Decision.Finish { Outcome: RolloutPhase.RolledBack } => "rollout.rolledBack",
        Decision.Finish => "rollout.aborted",
        _ => throw new ArgumentOutOfRangeException(nameof(decision)),
    };

    private static Change.Set History(
        Rollout rollout, string id, string kind, string by, string? reason, DateTimeOffset at, string sentence, JsonElement? before, JsonElement? after, ChangeOrigin? origin = null)
    {
        var entry = new HistoryEntry
        {
            Id = id, App = rollout.App, Kind = kind, By = by, Reason = reason, At = at,
            Sentence = sentence, Before = before, After = after, Rollout = rollout.Id.ToString(),
            From = origin?.From, Via = origin?.Via, Token = origin?.Token,
        };
        return new Change.Set(Keys.HistoryEntry(rollout.App, id), DocumentJson.Write(entry));
    }

    private static JsonElement? Find<T>(T? document)
        where T : Document => document is null ? null : Element(document);

    private static JsonElement Element<T>(T document) => JsonSerializer.SerializeToElement(document, DocumentJson.Options);
}
