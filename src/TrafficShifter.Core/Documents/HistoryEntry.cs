using System.Text.Json;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Documents;

/// <summary>
/// Who did what, from where, why, and what it changed: <c>history/&lt;app&gt;/&lt;id&gt;</c>, and <c>history/-/&lt;id&gt;</c> for what belongs to no application; written in
/// the change's own transaction.
/// </summary>
public sealed record HistoryEntry : Document
{
    /// <summary>A ULID: sorts by time.</summary>
    public required string Id { get; init; }

    /// <summary>Null: it belongs to no application.</summary>
    public AppName? App { get; init; }

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

    /// <summary>Address that it was asked from; null for what the service does by itself.</summary>
    public string? From { get; init; }

    /// <summary>Address of the trusted proxy that named whoever asked.</summary>
    public string? Via { get; init; }

    /// <summary>Id of the API token that it was asked with.</summary>
    public string? Token { get; init; }

    /// <summary>What came of it; default <see cref="ChangeOutcome.Done"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ChangeOutcome Outcome { get; init; }
}

/// <summary>What came of a change. One that was refused is not in the history.</summary>
public enum ChangeOutcome
{
    Done,

    /// <summary>Stored, and without effect while a lock is above it.</summary>
    Held,

    /// <summary>Written by hand and not valid: the last valid value stays.</summary>
    Ignored,
}
