using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What a migration is to do: which applications move where, in which waves, how many at once, and what stops it.</summary>
public sealed record MigrationDefinition : DocumentPart
{
    public const int MaxWaves = 50;
    public const int MaxParallelism = 100;
    public const int MaxAttempts = 5;

    /// <summary>Applications of all waves together.</summary>
    public const int MaxApps = 2_500;

    /// <summary>Applications whose own order is asked for.</summary>
    public const int MaxAfter = 500;

    /// <summary>The colour that the applications move to.</summary>
    public required MigrationTarget To { get; init; }

    /// <summary>1 to 50, one after the other.</summary>
    public required IReadOnlyList<Wave> Waves { get; init; }

    /// <summary>The plan, or the name of one, of applications that have none of their own and whose wave names none.</summary>
    public JsonElement? Plan { get; init; }

    /// <summary>In which order the applications of a wave move; default <see cref="MoveOrder.Criticality"/>.</summary>
    public MoveOrder Order { get; init; }

    /// <summary>How many applications move at once, 1 to 100; default 1.</summary>
    public int Parallelism { get; init; } = 1;

    /// <summary>How long nothing new begins after a wave's end, where the wave does not say so itself; up to 30 days, default none.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>When applications may begin to move; null: at any time.</summary>
    public MoveCalendar? Calendar { get; init; }

    /// <summary>What stops the migration until a person resumes it.</summary>
    public StopRules Stop { get; init; } = new();

    /// <summary>How often an application is tried whose rollout is rolled back, 1 to 5; default once.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>How long it waits between two attempts; up to 7 days, default 5 min.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What becomes of applications that are not ready.</summary>
    public NotReadyRule NotReady { get; init; } = new();

    /// <summary>What must hold of each application before it moves and while it does, beside its own; null: enough usable servers.</summary>
    public Preflight? Preflight { get; init; }

    /// <summary>Applications that begin only when others have moved, which stand in the same wave or an earlier one.</summary>
    public IReadOnlyDictionary<AppName, IReadOnlyList<AppName>>? After { get; init; }

    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>The colour that an application moves to.</summary>
    public Colour TargetOf(AppState state) => To switch
    {
        MigrationTarget.Blue => Colour.Blue,
        MigrationTarget.Green => Colour.Green,
        _ => state.Stable.Other(),
    };

    /// <summary>How many of a wave's applications move at once.</summary>
    public int ParallelismOf(int wave) => Waves[wave].Parallelism ?? Parallelism;

    /// <summary>How long nothing new begins after a wave's end.</summary>
    public TimeSpan PauseAfter(int wave) => Waves[wave].Pause ?? Pause;

    /// <summary>The plan, or the name of one, of an application's rollout: its wave's, else its own, else the migration's; null when there is none.</summary>
    public JsonElement? PlanOf(int wave, AppDefinition app) =>
        Waves[wave].Plan ?? (app.Plan is { } own ? JsonSerializer.SerializeToElement(own, DocumentJson.Options) : Plan);

    /// <summary>Everything that is wrong with it, whatever applications there are.</summary>
    public IReadOnlyList<PlanProblem> FindProblems() => MigrationRules.Check(this);

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() =>
        [.. Waves.SelectMany(Wave.PartsOf), ("calendar", Calendar), .. Calendar?.PlacedParts() ?? [], ("stop", Stop), ("notReady", NotReady), ("preflight", Preflight)];
}

/// <summary>Where a migration's applications move.</summary>
public enum MigrationTarget
{
    /// <summary>Each to the colour that is not its stable one when the migration starts.</summary>
    Other,
    Blue,
    Green,
}

/// <summary>In which order a wave's applications move.</summary>
public enum MoveOrder
{
    /// <summary>The least critical first, then by name.</summary>
    Criticality,
    Name,

    /// <summary>As the wave lists them; those that it does not list come after, by name.</summary>
    Listed,
}

/// <summary>What stops a migration: no further application begins until a person resumes it. What moves goes on.</summary>
public sealed record StopRules : DocumentPart
{
    /// <summary>At so many applications that were rolled back, 1 or more; null: however many.</summary>
    public int? Rollbacks { get; init; }

    /// <summary>When this part of all its applications has failed or was rolled back, above 0 %; null: however many.</summary>
    public Share? FailedShare { get; init; }

    /// <summary>At the first application of a wave that fails or is rolled back. Default false.</summary>
    public bool AnyFailureInWave { get; init; }
}

/// <summary>What becomes of an application that is not ready: it is asked again for <see cref="Wait"/>, and then <see cref="Then"/>. Others of its wave go on meanwhile.</summary>
public sealed record NotReadyRule : DocumentPart
{
    /// <summary>Up to 30 days; default 1 h.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromHours(1);

    public NotReadyAction Then { get; init; }
}

public enum NotReadyAction
{
    /// <summary>It stays where it is, and the report says why.</summary>
    Skip,

    /// <summary>It counts as failed, for the stop rules too.</summary>
    Fail,

    /// <summary>The migration stops.</summary>
    Stop,

    /// <summary>It is waited for, and its wave does not end without it.</summary>
    Wait,
}
