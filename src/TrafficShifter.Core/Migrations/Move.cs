using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>One application's way through a migration: <c>moves/&lt;migration&gt;/&lt;app&gt;</c>. Written when the migration takes hold of it; the report is made of these.</summary>
public sealed record Move : Document
{
    public required string Migration { get; init; }

    public required AppName App { get; init; }

    /// <summary>Index into the migration's waves, from 0.</summary>
    public required int Wave { get; init; }

    /// <summary>Its place in the order of its wave, from 0.</summary>
    public required int Rank { get; init; }

    /// <summary>The colour that it moves to.</summary>
    public required Colour To { get; init; }

    public required MovePhase Phase { get; init; }

    /// <summary>The least time that its plan takes, as it was when the migration started; what forecasts begin with.</summary>
    public TimeSpan Takes { get; init; }

    /// <summary>Its latest rollout; null before the first.</summary>
    public RolloutId? Rollout { get; init; }

    /// <summary>Rollouts that were begun for it.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it is where it is.</summary>
    public string? Sentence { get; init; }

    /// <summary>When its phase or its sentence changed last.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How long it has waited in this phase; elapsed time in which the migration ran.</summary>
    public TimeSpan Waited { get; init; }


    /// <summary>What the last look at its readiness found, where that was not good; null when it was, and before any.</summary>
    public IReadOnlyList<Finding>? Findings { get; init; }

    /// <summary>The migration paused its rollout, because it was ready no longer; it resumes no other pause, and not this one once a person paused it again or wrote weights.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HeldBack { get; init; }

    /// <summary>It does not go on without somebody: its rollout is paused, or waits at a gate or for servers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeedsSomebody { get; init; }

    /// <summary>When its first rollout began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When nothing more was to come.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public override string? FindProblem() =>
        Wave < 0 || Rank < 0 ? "wave and rank are 0 or more"
        : Phase == MovePhase.Moving && Rollout is null ? "rollout: what moves has one"
        : null;
}

public enum MovePhase
{
    /// <summary>For its turn, or for its next attempt.</summary>
    Waiting,

    /// <summary>It was asked and is not ready; it is asked again.</summary>
    NotReady,

    /// <summary>Its rollout runs.</summary>
    Moving,

    /// <summary>Its rollout succeeded: the colour is its stable one.</summary>
    Moved,

    /// <summary>Its last rollout was rolled back.</summary>
    RolledBack,

    /// <summary>It was left where it is: nothing had to be done, it was not ready in time, or it could not be held.</summary>
    Skipped,

    /// <summary>Its rollout was aborted, or it is no more.</summary>
    Failed,
}

public static class MovePhases
{
    /// <summary>Nothing follows.</summary>
    public static bool IsEnd(this MovePhase phase) => phase is MovePhase.Moved or MovePhase.RolledBack or MovePhase.Skipped or MovePhase.Failed;

    /// <summary>What the stop rules count.</summary>
    public static bool IsFailure(this MovePhase phase) => phase is MovePhase.RolledBack or MovePhase.Failed;
}
