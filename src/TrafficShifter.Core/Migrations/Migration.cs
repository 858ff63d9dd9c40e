using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>A campaign over many applications: <c>migrations/&lt;name&gt;</c>. Holds all that the next turn needs beside its <see cref="Move"/>s, so that any process can go on with it.</summary>
public sealed record Migration : Document
{
    /// <summary>1 to 63 of a–z, A–Z, 0–9, '-', '_' and '.', a letter or digit first.</summary>
    public required string Name { get; init; }

    public required MigrationDefinition Definition { get; init; }

    public required MigrationPhase Phase { get; init; }

    /// <summary>The applications of each wave as they were when it started, until each has its own document; null before and after.</summary>
    public IReadOnlyList<IReadOnlyList<FrozenApp>>? Frozen { get; init; }

    /// <summary>Index of the wave that moves, or that is waited for, from 0.</summary>
    public int Wave { get; init; }

    /// <summary>One for each wave of the definition, once it has started.</summary>
    public IReadOnlyList<WaveProgress> Waves { get; init; } = [];

    /// <summary>Failures that the person knew of who resumed it after a stop: no rule counts them again.</summary>
    public int ForgivenRollbacks { get; init; }

    /// <summary>Likewise, of those that failed otherwise too.</summary>
    public int ForgivenFailures { get; init; }

    /// <summary>Why it is paused, stopped or has ended, as a sentence; null while it runs.</summary>
    public string? Outcome { get; init; }

    /// <summary>How it ends once nothing moves and every application is let go: <see cref="MigrationPhase.Done"/> or <see cref="MigrationPhase.Aborted"/>; null before.</summary>
    public MigrationPhase? EndsAs { get; init; }

    /// <summary>What moves is aborted, all traffic back; false: it goes on to its end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AbortsRollouts { get; init; }

    /// <summary>The last 50 decisions, oldest first.</summary>
    public IReadOnlyList<DecisionRecord> Decisions { get; init; } = [];

    /// <summary>Who stored the definition last.</summary>
    public required string By { get; init; }

    public required DateTimeOffset At { get; init; }

    public string? StartedBy { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who it is in the states of its applications.</summary>
    [JsonIgnore]
    public string Holder => Obstacles.Holder(Name);

    /// <summary>Who it is in the history of its applications.</summary>
    [JsonIgnore]
    public string Signature => $"migration {Name}";

    public static bool IsName(string name) => PlanRules.IsName(name, Plan.MaxNameLength);

    /// <summary>What a migration's name must be, as a sentence.</summary>
    public static string NameRule { get; } = PlanRules.NameRule("a migration's name");

    public override string? FindProblem() =>
        Definition.FindProblems() is [var first, ..] ? $"definition{first.Pointer}: {first.Detail}"
        : Phase.HasStarted() && Waves.Count != Definition.Waves.Count ? $"waves: {Definition.Waves.Count} are defined, {Waves.Count} are in progress"
        : Wave < 0 || Wave >= Definition.Waves.Count ? $"wave: there is no wave {Wave}"
        : Phase == MigrationPhase.Starting && Frozen?.Count != Definition.Waves.Count ? "frozen: a migration that starts has its applications"
        : Phase == MigrationPhase.Ending && EndsAs is not (MigrationPhase.Done or MigrationPhase.Aborted) ? "endsAs: a migration that ends says how"
        : null;

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("definition", Definition)];
}

/// <summary>An application as a migration chose it.</summary>
/// <param name="Takes">The least time that its plan takes.</param>
public sealed record FrozenApp(AppName App, TimeSpan Takes);

/// <summary>How far a wave is.</summary>
public sealed record WaveProgress
{
    /// <summary>When its gate was reached; null before, and where there is none.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>A person's word at its gate; null before, and where there is none.</summary>
    public Approval? Approval { get; init; }

    /// <summary>When its first application could begin.</summary>
    public DateTimeOffset? BeganAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How much of the pause after it has passed; elapsed time in which the migration ran.</summary>
    public TimeSpan Paused { get; init; }
}

public enum MigrationPhase
{
    /// <summary>Stored; nothing is held and nothing moves.</summary>
    Draft,

    /// <summary>Its applications are being held, one after the other; nothing moves yet.</summary>
    Starting,
    Running,

    /// <summary>By a person: nothing new begins, what moves goes on.</summary>
    Paused,

    /// <summary>By a stop rule or a rejected wave: nothing new begins until a person resumes it.</summary>
    Stopped,

    /// <summary>Nothing new begins; once nothing moves its applications are let go.</summary>
    Ending,
    Done,
    Aborted,
}

public static class MigrationPhases
{
    /// <summary>Nothing follows.</summary>
    public static bool IsEnd(this MigrationPhase phase) => phase is MigrationPhase.Done or MigrationPhase.Aborted;

    /// <summary>It holds applications, or did.</summary>
    public static bool HasStarted(this MigrationPhase phase) => phase is not MigrationPhase.Draft;

    /// <summary>The leader has something to do for it.</summary>
    public static bool IsDriven(this MigrationPhase phase) => phase.HasStarted() && !phase.IsEnd();
}
