using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>Who changes something, why and when; it becomes the history entry of the change's transaction.</summary>
/// <param name="Id">A ULID, made at the edge: Core is deterministic.</param>
public sealed record ChangeNote(string Id, string By, string? Reason, DateTimeOffset At)
{
    public const int MaxReason = 500;

    /// <summary>The operation that writes the history entry.</summary>
    public Change Entry<T>(AppName app, string kind, string sentence, T? before, T? after, string? rollout = null)
        where T : Document => new Change.Set(Keys.HistoryEntry(app, Id), DocumentJson.Write(new HistoryEntry
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
        }));

    private static JsonElement? AsElement<T>(T? document)
        where T : Document => document is null ? null : JsonSerializer.SerializeToElement(document, DocumentJson.Options);
}
