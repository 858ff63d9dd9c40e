using System.Text.Json;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Documents;

/// <summary>Who did what, why, and what it changed: <c>history/&lt;app&gt;/&lt;id&gt;</c>, written in the change's own transaction.</summary>
public sealed record HistoryEntry : Document
{
    /// <summary>A ULID: sorts by time.</summary>
    public required string Id { get; init; }

    public required AppName App { get; init; }

    /// <summary>What was done, a stable word for programs: <c>weights.set</c>, <c>rollout.advanced</c>.</summary>
    public required string Kind { get; init; }

    public required string By { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The same for people.</summary>
    public required string Sentence { get; init; }

    public JsonElement? Before { get; init; }

    public JsonElement? After { get; init; }

    public string? Rollout { get; init; }
}
