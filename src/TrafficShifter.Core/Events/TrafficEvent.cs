using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Events;

/// <summary>What happened to an application, as it is told to those who listen: the history entry without what it changed.</summary>
public sealed record TrafficEvent : DocumentPart
{
    /// <summary>The history entry's id.</summary>
    public required string Id { get; init; }

    /// <summary>Null: it belongs to no application.</summary>
    public AppName? App { get; init; }

    /// <summary>A stable word for programs: <c>weights.set</c>, <c>rollout.advanced</c>.</summary>
    public required string Kind { get; init; }

    public required string By { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The same for people, word for word as in the history.</summary>
    public required string Sentence { get; init; }

    public string? Rollout { get; init; }

    public static TrafficEvent Of(HistoryEntry entry) => new()
    {
        Id = entry.Id, App = entry.App, Kind = entry.Kind, By = entry.By, Reason = entry.Reason, At = entry.At, Sentence = entry.Sentence, Rollout = entry.Rollout,
    };
}
