using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic;

/// <summary>A HAProxy with its agent, as it registered: <c>nodes/&lt;node&gt;</c>. Stays when the agent is gone, until somebody removes it.</summary>
public sealed record NodeRegistration : Document
{
    public required string Node { get; init; }

    /// <summary>Where the agent's own API answers: <c>http://10.0.0.7:8081</c>; null when it shares the api's process.</summary>
    public string? Address { get; init; }

    /// <summary>Where the node's HAProxy tells its metrics: <c>http://10.0.0.7:8405/metrics</c>; null when nobody said.</summary>
    public string? Exporter { get; init; }

    public DateTimeOffset At { get; init; }
}

/// <summary>A sign of life of one node's agent: <c>live/&lt;node&gt;</c>, gone with the agent's session.</summary>
public sealed record NodeLiveness : Document
{
    public const int MaxExceptions = 100;

    /// <summary>All changes up to this index are observed in HAProxy, but for the exceptions.</summary>
    public ulong ObservedIndex { get; init; }

    /// <summary>Applications that are not as wanted, up to 100 of them.</summary>
    public IReadOnlyList<string> Exceptions { get; init; } = [];

    /// <summary>How many more are not as wanted. While it is not 0, nothing is known of an application that is not named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MoreExceptions { get; init; }

    public int? HaproxyPid { get; init; }

    public string? Version { get; init; }

    /// <summary>How often something was found changed by somebody else and was put right, since the agent started.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DriftRepaired { get; init; }

    /// <summary>What was found changed last.</summary>
    public string? LastDrift { get; init; }

    /// <summary>What is counted from HAProxy's access log; null when it is not taken.</summary>
    public EvidenceStatus? Evidence { get; init; }

    /// <summary>Why HAProxy cannot be asked; null when it can.</summary>
    public string? Problem { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Without the names of applications that somebody may not see.</summary>
    public NodeLiveness ShownTo(Predicate<AppName> sees)
    {
        return this with { Exceptions = [.. Exceptions.Where(IsSeen)], LastDrift = LastDrift is { } drift && IsSeen(drift.Split(':')[0]) ? drift : null };

        bool IsSeen(string name) => AppName.TryParse(name, null, out var app) && sees(app);
    }
}

/// <summary>How far what an agent counts from its HAProxy's access log can be relied on.</summary>
public sealed record EvidenceStatus
{
    /// <summary>Records arrive, or would if there were requests.</summary>
    public required bool Receiving { get; init; }

    /// <summary>Records that HAProxy wrote and the agent never counted, since the agent first ran.</summary>
    public long Lost { get; init; }

    /// <summary>Why the evidence is not whole at the moment, as a sentence; null when it is.</summary>
    public string? Problem { get; init; }
}

/// <summary>How far one node is with one application.</summary>
public sealed record NodeStatus
{
    public required string Node { get; init; }

    public required NodeProgress Progress { get; init; }

    /// <summary>What the node's agent said; null when it did not answer.</summary>
    public AppObservation? Observation { get; init; }

    /// <summary>The agent has heard of everything up to this index; null when it did not answer.</summary>
    public ulong? Acknowledged { get; init; }

    /// <summary>Why the node is not observed, as a sentence.</summary>
    public string? Problem { get; init; }

    /// <summary>Judges an agent's answer against the index that was asked for.</summary>
    /// <param name="watermark">Everything up to this index has been brought to the node's HAProxy, but for what the observation says.</param>
    /// <param name="heard">Everything up to this index is known to the node's agent.</param>
    public static NodeStatus Of(string node, AppObservation observation, ulong watermark, ulong index, ulong heard = 0) => new()
    {
        Node = node,
        Observation = observation,
        Acknowledged = Math.Max(heard, watermark),
        Problem = observation.Problem,
        Progress = observation switch
        {
            { Served: false } => NodeProgress.NotServing,
            { NodeFailing: true } => NodeProgress.Failing,
            _ when watermark < index => NodeProgress.Lagging,
            { InSync: true } => NodeProgress.Observed,
            _ => NodeProgress.Failing,
        },
    };

    public static NodeStatus Unknown(string node, string problem) =>
        new() { Node = node, Progress = NodeProgress.Unknown, Problem = problem };
}

public enum NodeProgress
{
    /// <summary>The weights were read back from HAProxy and are the wanted ones.</summary>
    Observed,

    /// <summary>The agent has not yet acted on what was asked for.</summary>
    Lagging,

    /// <summary>The agent acted, and HAProxy is not as wanted; the problem says why.</summary>
    Failing,

    /// <summary>The agent does not answer. Its HAProxy may still be serving, with whatever weights it has.</summary>
    Unknown,

    /// <summary>The node's HAProxy does not have the application's backend.</summary>
    NotServing,
}
