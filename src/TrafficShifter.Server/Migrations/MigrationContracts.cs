using System.Text.Json.Serialization;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>A migration as people see it. Whoever may see only some applications gets those, and counts of those.</summary>
/// <param name="Wave">The wave that moves or is waited for, from 1.</param>
/// <param name="HeldBy">What it waits for, always one sentence.</param>
/// <param name="StopRule">How much of its stop rules is used up; null where nothing stops it.</param>
/// <param name="Forecast">When it will be done, as a range; null where nobody can say.</param>
/// <param name="Attention">Up to 50 applications that move, are not ready, failed or were rolled back, those that wait for somebody first.</param>
/// <param name="Decisions">The last 50; null for whoever may see only some applications.</param>
public sealed record MigrationAnswer(
    string Name, MigrationPhase Phase, MigrationDefinition Definition, int Wave, MoveCounts Counts, string HeldBy, string? StopRule, MigrationForecast? Forecast, IReadOnlyList<WaveStanding> Waves,
    IReadOnlyList<MoveAnswer> Attention, IReadOnlyList<DecisionRecord>? Decisions, string? Outcome, string By, DateTimeOffset At, string? StartedBy, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, ulong ModifyIndex)
{
    /// <summary>Verbs that whoever asks may do to the migration.</summary>
    public IReadOnlyList<string>? Can { get; init; }

    /// <summary>Why calls are not possible now, a sentence by the call: <c>start</c>, <c>pause</c>, <c>resume</c>, <c>abort</c>, <c>approve</c>, <c>reject</c>, <c>replace</c>, <c>delete</c>.</summary>
    public IReadOnlyDictionary<string, string>? Blocked { get; init; }
}

/// <summary>One application of a migration.</summary>
/// <param name="Wave">Name of its wave.</param>
/// <param name="Sentence">Why it is where it is.</param>
/// <param name="Findings">What the last look at its readiness found where that was not good.</param>
public sealed record MoveAnswer(
    AppName App, string Wave, MovePhase Phase, Colour To, string Sentence, RolloutId? Rollout, int Attempts, IReadOnlyList<Finding>? Findings, bool NeedsSomebody, DateTimeOffset At, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt)
{
    public static MoveAnswer Of(Migration migration, Move move, string sentence) => new(
        move.App, migration.Definition.Waves[move.Wave].Name, move.Phase, move.To, sentence, move.Rollout, move.Attempts, move.Findings, move.NeedsSomebody, move.At, move.StartedAt, move.EndedAt);
}

/// <summary>Everything that a migration did, application by application.</summary>
/// <param name="Sentence">How it ended, or what it waits for.</param>
public sealed record MigrationReport(
    string Name, MigrationPhase Phase, string Sentence, MoveCounts Counts, string? StartedBy, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, IReadOnlyList<WaveStanding> Waves, IReadOnlyList<MoveAnswer> Apps);

/// <summary>What aborting a migration may say.</summary>
public sealed record AbortRequest : DocumentPart
{
    /// <summary>What becomes of what moves: <c>finish</c> (default) lets it go on to its end, <c>abort</c> takes all its traffic back.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<WhatMoves>))]
    public WhatMoves Rollouts { get; init; }

    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }
}

public enum WhatMoves
{
    [JsonStringEnumMemberName("finish")] Finish,
    [JsonStringEnumMemberName("abort")] Abort,
}

/// <summary>What storing a migration would do, with nothing written.</summary>
/// <param name="Changes">False: it is stored so already.</param>
public sealed record MigrationDryRun(MigrationDefinition Definition, bool Changes, MigrationSchedule Schedule);
