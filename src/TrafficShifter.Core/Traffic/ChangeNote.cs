using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>Who changes something, why and when; it becomes the history entry of the change's transaction.</summary>
/// <param name="Id">A ULID, made at the edge: Core is deterministic.</param>
/// <param name="Origin">From where; null for what the service does by itself.</param>
public sealed record ChangeNote(string Id, string By, string? Reason, DateTimeOffset At, ChangeOrigin? Origin = null)
{
    public const int MaxReason = 500;

    /// <summary>The operation that writes the history entry.</summary>
    /// <param name="app">Null: the change belongs to no application.</param>
    public Change Entry<T>(AppName? app, string kind, string sentence, T? before, T? after, string? rollout = null, ChangeOutcome outcome = ChangeOutcome.Done)
        where T : Document
    {
        var entry = new HistoryEntry
        {
            Id = Id,
            App = app,
            Kind = kind,
            By = By,
            Reason = Reason,
            At = At,
            Sentence = sentence,
            Before = AsElement(before),
            After = AsElement(after),
            Rollout = rollout,
            From = Origin?.From,
            Via = Origin?.Via,
            Token = Origin?.Token,
            Outcome = outcome,
        };
        return new Change.Set(Keys.HistoryEntry(app, Id), DocumentJson.Write(entry)) { Document = entry };
    }

    private static JsonElement? AsElement<T>(T? document)
        where T : Document => document is null ? null : JsonSerializer.SerializeToElement(document, DocumentJson.Options);
}

/// <summary>Where a change comes from.</summary>
/// <param name="From">Address of whoever asked.</param>
/// <param name="Via">Address of the trusted proxy that named them; null when they asked themselves.</param>
/// <param name="Token">Id of the API token; null when a proxy named them.</param>
public sealed record ChangeOrigin(string From, string? Via = null, string? Token = null);
