using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>One run of a plan: <c>rollouts/&lt;app&gt;/&lt;id&gt;</c>. Holds all that the next tick needs, so that any process can go on with it.</summary>
public sealed record Rollout : Document
{
    public required RolloutId Id { get; init; }

    public required AppName App { get; init; }

    /// <summary>The colour that was stable when the rollout began, and is again if it does not succeed.</summary>
    public required Colour From { get; init; }

    public required Colour To { get; init; }

    /// <summary>The plan as it was when the rollout began; later changes of a named plan do not reach it.</summary>
    public required Plan Plan { get; init; }

    public required RolloutPhase Phase { get; init; }

    /// <summary>Index into the plan's steps, from 0.</summary>
    public int Step { get; init; }

    /// <summary>Settled time of this step at its share: how long it has held.</summary>
    /// <remarks>All clocks count elapsed time in whole milliseconds; only while nodes are observed, metrics answer and nobody paused.</remarks>
    public TimeSpan StepElapsed { get; init; }

    /// <summary>Time since all nodes were observed on this step; the step's clock starts when it reaches the tick's settle time.</summary>
    public TimeSpan Settling { get; init; }

    /// <summary>Settled time that this share has served, a pause, a gate and a standstill included: how far back a query may look. Up to 1 h.</summary>
    public TimeSpan Serving { get; init; }

    /// <summary>The last tick saw the nodes on the weights and the metrics answering.</summary>
    public bool Observed { get; init; }

    /// <summary>What the plan's deadline is compared with.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The last tick counted its time. A clock adds what lies between two ticks that both count, so it never counts too much.</summary>
    public bool Counting { get; init; }

    /// <summary>How long nodes have been waited for while rolling back.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>One for each check of the plan, in its order.</summary>
    public required IReadOnlyList<CheckState> Checks { get; init; }

    /// <summary>ModifyIndex of the weights that the rollout last wrote or found at its start.</summary>
    /// <remarks>
    /// Null means: the weights were written in the transaction that wrote this very document, so their index is the document's own.
    /// Whoever rewrites the document without the weights carries the number over; <see cref="RolloutEngine.Decide"/> does.
    /// </remarks>
    public ulong? WeightsIndex { get; init; }

    /// <summary>The gate of this step, once it is reached; null before, and where there is none.</summary>
    public GateState? Gate { get; init; }

    /// <summary>The hooks of this step, of the next one and after the end, as far as they were asked.</summary>
    public IReadOnlyList<HookState> Hooks { get; init; } = [];

    /// <summary>The rollout that this one tries again; null when it is none's second try.</summary>
    public RolloutId? RetryOf { get; init; }

    /// <summary>What the application had before its side was evacuated: the rollout ends with this instead of a promotion. Null for every other rollout.</summary>
    public TrafficBefore? ReturnsTo { get; init; }

    /// <summary>The phase that `resume` goes back to; null unless paused.</summary>
    public RolloutPhase? PausedFrom { get; init; }

    /// <summary>Why the rollout is paused, as a sentence; null unless paused.</summary>
    public string? PausedReason { get; init; }

    /// <summary>How a rollback that is under way will end: <see cref="RolloutPhase.RolledBack"/> or <see cref="RolloutPhase.Aborted"/>.</summary>
    public RolloutPhase? EndsAs { get; init; }

    /// <summary>Why the rollout ended or is ending, as a sentence.</summary>
    public string? Outcome { get; init; }

    /// <summary>The last 100 decisions, oldest first. A hold that goes on is one entry, with its latest sentence.</summary>
    public IReadOnlyList<DecisionRecord> Decisions { get; init; } = [];

    /// <summary>The last 100 measurements and before them up to 1,000 that failed, as far as the document's size allows, oldest first.</summary>
    public IReadOnlyList<Measurement> Measurements { get; init; } = [];

    /// <summary>What the judge last said; null where there is none, and before it has begun.</summary>
    public JudgeReport? Judge { get; init; }

    public required string StartedBy { get; init; }

    /// <summary>The person whose migration began it; null when it was begun by whoever <see cref="StartedBy"/> names. A gate of four eyes takes neither's word.</summary>
    public string? OnBehalfOf { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The index that weights/&lt;app&gt; must have for nobody else to have changed them.</summary>
    /// <param name="documentIndex">ModifyIndex of this very document.</param>
    public ulong WeightsIndexAt(ulong documentIndex) => WeightsIndex ?? documentIndex;

    public override string? FindProblem() =>
        Plan.FindProblem() is { } problem ? $"plan{problem}"
        : Id.App != App ? $"id: {Id} is not of {App}"
        : ReturnsTo?.FindProblem() is { } before ? $"returnsTo/{before}"
        : From == To ? "from and to are the same colour"
        : Step < 0 || Step >= Plan.Steps.Count ? $"step: the plan has {Plan.Steps.Count} steps, there is no step {Step}"
        : !Checks.Select(c => c.Name).SequenceEqual(Plan.Checks.Select(c => c.Name), StringComparer.Ordinal) ? "checks: not those of the plan"
        : Hooks.FirstOrDefault(h => h.Step < 0 || h.Step >= Plan.Steps.Count || Plan.Hooks.All(p => p.Name != h.Name)) is { } hook ? $"hooks: the plan has no hook \"{hook.Name}\" in step {hook.Step}"
        : Phase == RolloutPhase.Paused && PausedFrom is not (RolloutPhase.Pending or RolloutPhase.Progressing or RolloutPhase.Promoting) ? "pausedFrom: a paused rollout says what it was paused from"
        : Phase == RolloutPhase.RollingBack && EndsAs is not (RolloutPhase.RolledBack or RolloutPhase.Aborted) ? "endsAs: a rollback says how it ends"
        : null;
}

public enum RolloutPhase
{
    /// <summary>Accepted; the weights are not touched yet.</summary>
    Pending,
    Progressing,
    Paused,

    /// <summary>All steps passed; all traffic goes to the new colour, not yet observed on every node.</summary>
    Promoting,
    Succeeded,

    /// <summary>All traffic goes back to the stable colour, not yet observed on every node; also after an abort.</summary>
    RollingBack,
    RolledBack,
    Aborted,
}

public static class RolloutPhases
{
    /// <summary>Nothing follows: the rollout touches nothing any more.</summary>
    public static bool IsEnd(this RolloutPhase phase) => phase is RolloutPhase.Succeeded or RolloutPhase.RolledBack or RolloutPhase.Aborted;
}

/// <summary>One decision as it is kept.</summary>
/// <param name="At">When it was taken; of a hold, when it began.</param>
/// <param name="Kind">A stable word for programs: <c>advance</c>, <c>hold</c>.</param>
/// <param name="Why">Of a hold, a stable word for what is waited for: <c>nodes</c>, <c>metrics</c>.</param>
public sealed record DecisionRecord(DateTimeOffset At, string Kind, string Sentence, string? By = null, string? Why = null);
