using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Events;

/// <summary>What one transaction tells to those who listen: <c>outbox/&lt;app&gt;/&lt;id&gt;</c>, written in that transaction and never again.</summary>
public sealed record OutboxEntry : Document
{
    public required IReadOnlyList<TrafficEvent> Events { get; init; }

    /// <summary>Whether the transaction may have moved traffic: nobody is told before it has.</summary>
    public bool Moves { get; init; }

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => Events.Select((e, i) => ($"events/{i}", (DocumentPart?)e));

    /// <summary>The same changes with an outbox entry for the history entries among them: one operation more, however many they are. Without history there is nothing to tell.</summary>
    public static ChangeSet AddTo(ChangeSet changes)
    {
        var told = changes.Changes.Select(FindEvent).OfType<TrafficEvent>().ToList();
        if (told.Count == 0) return changes;
        var entry = new OutboxEntry { Events = told, Moves = changes.Changes.Any(Moving) };
        return changes.With(new Change.Set(Keys.OutboxEntry(told[0].App, told[0].Id), DocumentJson.Write(entry)));
    }

    private static bool Moving(Change change) =>
        change is not Change.Unchanged && new[] { Keys.Apps, Keys.Weights, Keys.States, Keys.Targets, Keys.FleetRollback }.Any(prefix => change.Key.StartsWith(prefix, StringComparison.Ordinal));

    private static TrafficEvent? FindEvent(Change change)
    {
        if (!change.Key.StartsWith(Keys.History, StringComparison.Ordinal)) return null;
        if (change is Change.Set { Document: HistoryEntry known }) return TrafficEvent.Of(known);
        var value = change switch { Change.Set set => set.Value, Change.Put put => put.Value, _ => null };
        return value is not null && Reading.Of<HistoryEntry>(new Entry(change.Key, value, 0)).Find() is { } entry ? TrafficEvent.Of(entry) : null;
    }
}

/// <summary>Up to which index the outbox was cleaned: <c>outbox/trimmed</c>. Who stood before it has missed events.</summary>
public sealed record OutboxTrim : Document
{
    public required ulong Index { get; init; }
}
