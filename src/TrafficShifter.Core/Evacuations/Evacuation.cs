using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>The evacuation of one colour and its return: <c>evacuations/&lt;colour&gt;</c>. What each application had and how far it is stands in its own state.</summary>
public sealed record Evacuation : Document
{
    public const int MaxSteps = 10;
    public const int MaxWaves = 50;
    public static readonly TimeSpan MaxPause = TimeSpan.FromDays(1);
    public const int MaxParallelism = 1_000;
    public const int DefaultReturns = 10;

    /// <summary>A ULID; a second call to evacuate goes on with the same one.</summary>
    public required string Id { get; init; }

    public required Colour Colour { get; init; }

    public required EvacuationPhase Phase { get; init; }

    public required string By { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>From where it was asked.</summary>
    public ChangeOrigin? Origin { get; init; }

    /// <summary>Also applications whose other side has no usable server somewhere, and those that run a rollout, which then ends.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Force { get; init; }

    /// <summary>Live sessions on the colour are cut, once the traffic has left.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Sever { get; init; }

    /// <summary>Applications whose traffic leaves together; the next ones leave when these were observed. 1 to 1,000; null: all at once.</summary>
    public int? Parallelism { get; init; }

    /// <summary>The parts of its traffic that leave one after the other, rising, the last one 100 %. At most 10; empty: all at once.</summary>
    public IReadOnlyList<EvacuationStep> Steps { get; init; } = [];

    /// <summary>Which applications leave together, wave by wave; those of none leave after them. Up to 50; empty: all are one wave.</summary>
    public IReadOnlyList<WaveSelection> Waves { get; init; } = [];

    /// <summary>How long nothing leaves between two waves, once the first has left. 0 s to 1 day; default 0 s.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Index of the wave that leaves now, from 0; those of none are the last.</summary>
    public int Wave { get; init; }

    /// <summary>Index of the step that its applications leave by now, from 0.</summary>
    public int Step { get; init; }

    /// <summary>How long the step has been observed everywhere.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>Applications that a person took out of it, by force: it leaves them alone.</summary>
    public IReadOnlyList<AppName> TakenOut { get; init; } = [];

    /// <summary>When all traffic that can leave had left, and was observed.</summary>
    public DateTimeOffset? EvacuatedAt { get; init; }

    /// <summary>When the colour was first seen without a session and without a new request, on every node.</summary>
    public DateTimeOffset? EmptyAt { get; init; }

    /// <summary>The way back; null until somebody asks for it.</summary>
    public Restoration? Restore { get; init; }

    /// <summary>What the campaign is called in <see cref="AppState.Campaign"/>.</summary>
    [JsonIgnore]
    public string Campaign => CampaignOf(Colour);

    /// <summary>The part of an application's traffic that is to have left now.</summary>
    [JsonIgnore]
    public Share Target => Steps.Count == 0 ? Share.All : Steps[Math.Min(Step, Steps.Count - 1)].Share;

    /// <summary>The wave of an application: the first that selects it, or the last.</summary>
    public int WaveOf(AppDefinition app)
    {
        for (var i = 0; i < Waves.Count; i++)
            if (Waves[i].Matches(app)) return i;
        return Waves.Count;
    }

    /// <summary>The evacuation as it is for one application: of an earlier wave everything is to have left. Null: its wave has not begun.</summary>
    public Evacuation? FindFor(AppTraffic app) => WaveOf(app.Definition.Value!).CompareTo(Wave) switch { > 0 => null, 0 => this, _ => this with { Step = Math.Max(0, Steps.Count - 1) } };

    [JsonIgnore]
    public bool IsLastStep => Step >= Steps.Count - 1;

    /// <summary>Traffic is away from the colour, or on its way from or to it.</summary>
    [JsonIgnore]
    public bool IsOn => Phase != EvacuationPhase.Restored;

    /// <summary>Traffic leaves the colour or has left it, and nobody has asked for it back.</summary>
    [JsonIgnore]
    public bool IsLeft => Phase is EvacuationPhase.Evacuating or EvacuationPhase.Evacuated && Restore is null;

    public static string CampaignOf(Colour colour) => $"evacuation/{colour.Word()}";

    public override string? FindProblem()
    {
        if (Parallelism is < 1 or > MaxParallelism) return $"parallelism: 1 to {MaxParallelism}, not {Parallelism}";
        if (Steps.Count > MaxSteps) return $"steps: at most {MaxSteps}, not {Steps.Count}";
        for (var i = 0; i < Steps.Count; i++)
            if (Steps[i].FindProblem(i == 0 ? Share.None : Steps[i - 1].Share) is { } problem) return $"steps/{i}/{problem}";
        if (Steps is [.., var last] && last.Share != Share.All) return $"steps/{Steps.Count - 1}/share: the last step is 100%, not {last.Share}";
        if (Waves.Count > MaxWaves) return $"waves: at most {MaxWaves}, not {Waves.Count}";
        for (var i = 0; i < Waves.Count; i++)
            if (Waves[i] is { Apps: null, Labels: null, Owners: null, Criticality: null }) return $"waves/{i}: apps, labels, owners or criticality";
        if (Pause < TimeSpan.Zero || Pause > MaxPause) return $"pause: 0s to {Duration.Format(MaxPause)}, not {Duration.Format(Pause)}";
        return Restore?.FindProblem() is { } wrong ? $"restore/{wrong}" : null;
    }

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() =>
        [("restore", Restore), .. Steps.Select((s, i) => ($"steps/{i}", (DocumentPart?)s)), .. Waves.Select((w, i) => ($"waves/{i}", (DocumentPart?)w))];
}

public enum EvacuationPhase
{
    /// <summary>Traffic leaves.</summary>
    Evacuating,

    /// <summary>All traffic that can leave has left.</summary>
    Evacuated,

    /// <summary>Applications are brought back.</summary>
    Restoring,

    /// <summary>Each application has what it had.</summary>
    Restored,
}

/// <summary>A part of each application's traffic that leaves, and how long the rest stays after it was observed.</summary>
public sealed record EvacuationStep : DocumentPart
{
    public static readonly TimeSpan MaxHold = TimeSpan.FromDays(1);

    /// <summary>Of what the colour had, above 0 %.</summary>
    public required Share Share { get; init; }

    /// <summary>0 s to 1 day; default 0 s.</summary>
    public TimeSpan Hold { get; init; }

    internal string? FindProblem(Share before) =>
        Share <= before ? $"share: {Share} is not above {before}: the parts that have left rise from step to step"
        : Hold < TimeSpan.Zero || Hold > MaxHold ? $"hold: 0s to {Duration.Format(MaxHold)}, not {Duration.Format(Hold)}" : null;
}

/// <summary>How applications are brought back.</summary>
public sealed record Restoration : DocumentPart
{
    /// <summary>A ULID; a second call to restore goes on with the same one, until it has ended.</summary>
    public required string Id { get; init; }

    public required string By { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>From where it was asked.</summary>
    public ChangeOrigin? Origin { get; init; }

    /// <summary>The plan of every canary; null: each application's own, and <c>standard</c> where it has none.</summary>
    public Plan? Plan { get; init; }

    /// <summary>Canaries at one time. 1 to 1,000; default 10.</summary>
    public int Parallelism { get; init; } = Evacuation.DefaultReturns;

    /// <summary>When nothing was left to be done; null while it goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    internal string? FindProblem() =>
        Parallelism is < 1 or > Evacuation.MaxParallelism ? $"parallelism: 1 to {Evacuation.MaxParallelism}, not {Parallelism}"
        : Plan?.FindProblem() is { } plan ? $"plan{plan}" : null;
}
