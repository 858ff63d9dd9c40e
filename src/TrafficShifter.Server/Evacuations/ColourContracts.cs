using System.Text.Json;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>What an evacuation may say.</summary>
public sealed record EvacuateRequest : DocumentPart
{
    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>Also applications whose other side has no usable server somewhere, and those that run a rollout, which then ends. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>Live sessions on the colour are cut, once the traffic has left. Default false.</summary>
    public bool Sever { get; init; }

    /// <summary>Applications whose traffic leaves together. 1 to 1,000; default: all at once.</summary>
    public int? Parallelism { get; init; }

    /// <summary>Which applications leave together, wave by wave: by apps, labels, owners, criticality. Those of none leave after them. Default: all are one wave.</summary>
    public IReadOnlyList<WaveSelection> Waves { get; init; } = [];

    /// <summary>How long nothing leaves between two waves. 0 s to 1 day; default 0 s.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Parts of the traffic that leave one after the other; default: all of it at once.</summary>
    public IReadOnlyList<EvacuationStep> Steps { get; init; } = [];
}

/// <summary>What a restore may say.</summary>
public sealed record RestoreRequest : DocumentPart
{
    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>The plan of every canary, or the name of one; default: each application's own, and <c>standard</c> where it has none.</summary>
    public JsonElement? Plan { get; init; }

    /// <summary>Canaries at one time. 1 to 1,000; default 10.</summary>
    public int Parallelism { get; init; } = Evacuation.DefaultReturns;
}

/// <summary>How a colour stands.</summary>
public sealed record ColourAnswer
{
    public required Colour Colour { get; init; }

    /// <summary>Null when no traffic was taken off it, or all of it is back.</summary>
    public EvacuationPhase? Phase { get; init; }

    /// <summary>Where it stands, for people.</summary>
    public required string Sentence { get; init; }

    public required ColourCounts Counts { get; init; }

    /// <summary>The last evacuation, as it is stored; null when there was none.</summary>
    public Evacuation? Evacuation { get; init; }

    /// <summary>Applications that keep their traffic on the colour, and why.</summary>
    public IReadOnlyList<AppSentence> Left { get; init; } = [];

    /// <summary>Applications that wait for what must be done before they leave, and for whom.</summary>
    public IReadOnlyList<AppSentence> Waiting { get; init; } = [];

    /// <summary>Applications that a restore could not bring back, and why; while none goes on, those that the last one left.</summary>
    public IReadOnlyList<AppSentence> NotRestored { get; init; } = [];

    /// <summary>Rollouts that bring applications back now.</summary>
    public IReadOnlyList<string> Rollouts { get; init; } = [];

    /// <summary>Since when nobody was seen on the colour on any node; null while somebody is, and while that is not known.</summary>
    public DateTimeOffset? QuietSince { get; init; }

    /// <summary>What each node says, one sentence each.</summary>
    public IReadOnlyList<ColourNode> Nodes { get; init; } = [];

    /// <summary>Verbs that whoever asks may do to the colour.</summary>
    public IReadOnlyList<string> Can { get; init; } = [];

    /// <summary>Why some of them are not possible now, a sentence by the verb.</summary>
    public IReadOnlyDictionary<string, string> Blocked { get; init; } = new Dictionary<string, string>();

    /// <summary>Version of the evacuation's document; 0 when there is none.</summary>
    public ulong ModifyIndex { get; init; }
}

/// <param name="Apps">All applications.</param>
/// <param name="Serving">Those of which the colour is to have traffic now.</param>
/// <param name="Leaving">Those whose traffic leaves and is not all gone, or not observed so.</param>
/// <param name="Evacuated">Those whose traffic is away.</param>
/// <param name="Returning">Those whose canary back runs.</param>
public sealed record ColourCounts(int Apps, int Serving, int Leaving, int Evacuated, int Returning);

/// <summary>An application, and a sentence about it.</summary>
public sealed record AppSentence(string App, string Why)
{
    /// <summary>Verbs that whoever asks may do about it: <c>approve</c>; null where nothing is to be done.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Can { get; init; }
}

/// <param name="Sessions">Live sessions of evacuated applications on the colour; null when that is not known.</param>
/// <param name="Requests">Requests of theirs that came to it since they left.</param>
/// <param name="QuietSince">Since when none of them had a session or a new request there.</param>
/// <param name="IsEmpty">Nobody is there, seen for long enough to say so.</param>
public sealed record ColourNode(string Node, string Sentence, long? Sessions, long? Requests, DateTimeOffset? QuietSince, bool IsEmpty)
{
    public static ColourNode Of(ColourNodeStatus status, Colour colour) =>
        new(status.Node, status.Describe(colour), status.Left?.Sessions, status.Left?.Requests, status.QuietSince, status.IsEmpty);
}

/// <summary>What an evacuation would do, with nothing written.</summary>
/// <param name="Moves">Applications whose traffic would leave.</param>
/// <param name="Left">Those that would keep theirs, and why.</param>
/// <param name="Done">Those whose traffic is away already.</param>
public sealed record EvacuationDryRun(Colour Colour, IReadOnlyList<string> Moves, IReadOnlyList<AppSentence> Left, IReadOnlyList<string> Done)
{
    [JsonInclude]
    public bool DryRun => true;

    /// <summary>Those that leave once what must be done before is done.</summary>
    public IReadOnlyList<AppSentence> Waiting { get; init; } = [];

    /// <summary>Applications wave by wave, those that are left included; the last are of no wave that was named.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Waves { get; init; } = [];

    /// <summary>Nodes that could not be asked, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
