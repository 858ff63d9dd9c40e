using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Events;

/// <summary>An event, and where it stands.</summary>
/// <param name="Moves">Its transaction may have moved traffic.</param>
public sealed record PlacedEvent(EventPosition Position, TrafficEvent Event, bool Moves);

/// <summary>The outbox as it was read: the last events of all applications, oldest first.</summary>
/// <param name="Index">Index of the listing: every event up to it is here or was trimmed.</param>
/// <param name="Trimmed">Events up to this index are not kept any more.</param>
public sealed record Outbox(IReadOnlyList<PlacedEvent> Events, ulong Index, ulong Trimmed)
{
    /// <summary>Entries that are kept for those who come back and ask what they missed.</summary>
    public const int Kept = 500;

    /// <summary>Most entries that one transaction takes away: the mark and the fence are beside them.</summary>
    private const int RemovalsAtOnce = 50;

    public static readonly Outbox Empty = new([], 0, 0);

    /// <summary>What does not parse is passed over: nobody but this service writes there.</summary>
    /// <param name="before">What was read of the same store before: its events are taken as they are. An entry is written once, with one index.</param>
    public static Outbox Read(Listing listing, Outbox? before = null)
    {
        var known = (before ?? Empty).Events.ToLookup(e => e.Position.Index);
        return new Outbox(
            [.. listing.Entries.Where(e => e.Key != Keys.OutboxTrimmed).OrderBy(e => e.ModifyIndex).ThenBy(e => e.Key, StringComparer.Ordinal).SelectMany(e => IsOf(e, known[e.ModifyIndex]) ? known[e.ModifyIndex] : Place(e))],
            listing.Index,
            FindMark(listing) is { } mark && Reading.Of<OutboxTrim>(mark).Find() is { } trim ? trim.Index : 0);
    }

    /// <summary>The events after <paramref name="position"/>, oldest first.</summary>
    public IEnumerable<PlacedEvent> After(EventPosition position)
    {
        for (var i = CountUpTo(position); i < Events.Count; i++) yield return Events[i];
    }

    public int CountAfter(EventPosition position) => Events.Count - CountUpTo(position);

    public PlacedEvent? FindAfter(EventPosition position) => After(position).FirstOrDefault();

    /// <summary>Whether events after <paramref name="position"/> may be missing here.</summary>
    public bool HasGapAfter(EventPosition position) => position.Index < Trimmed || position.Index > Index;

    /// <summary>What takes the oldest entries away that are over <see cref="Kept"/> and that every sink is past; null when there is nothing to do.</summary>
    /// <param name="passed">Where the slowest sink stands.</param>
    public static ChangeSet? Trim(Listing listing, EventPosition passed)
    {
        var entries = listing.Entries.Where(e => e.Key != Keys.OutboxTrimmed).OrderBy(e => e.ModifyIndex).ToList();
        var old = entries.Take(Math.Max(0, entries.Count - Kept)).TakeWhile(e => e.ModifyIndex < passed.Index).Take(RemovalsAtOnce).ToList();
        if (old.Count == 0) return null;
        var mark = new Change.Put(Keys.OutboxTrimmed, DocumentJson.Write(new OutboxTrim { Index = old[^1].ModifyIndex }), FindMark(listing)?.ModifyIndex ?? 0);
        return ChangeSet.Empty.With([.. old.Select(e => new Change.Remove(e.Key, e.ModifyIndex)), mark]);
    }

    /// <summary>The listing after <paramref name="trim"/> was written at <paramref name="index"/>.</summary>
    public static Listing After(Listing listing, ChangeSet trim, ulong index)
    {
        var gone = trim.Changes.OfType<Change.Remove>().Select(c => c.Key).Append(Keys.OutboxTrimmed).ToHashSet(StringComparer.Ordinal);
        var mark = trim.Changes.OfType<Change.Put>().Single();
        return listing with { Entries = [.. listing.Entries.Where(e => !gone.Contains(e.Key)), new Entry(mark.Key, mark.Value, index)] };
    }

    /// <summary>Whether these are an entry's events: a store that was emptied gives an index again, to another.</summary>
    private static bool IsOf(Entry entry, IEnumerable<PlacedEvent> events) => events.FirstOrDefault()?.Event is { } first && entry.Key == Keys.OutboxEntry(first.App, first.Id);

    private static Entry? FindMark(Listing listing) => listing.Entries.FirstOrDefault(e => e.Key == Keys.OutboxTrimmed);

    private static IEnumerable<PlacedEvent> Place(Entry entry) =>
        Reading.Of<OutboxEntry>(entry).Find() is { } told ? told.Events.Select((e, i) => new PlacedEvent(new EventPosition(entry.ModifyIndex, i + 1), e, told.Moves)) : [];

    private int CountUpTo(EventPosition position)
    {
        var (low, high) = (0, Events.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Events[middle].Position <= position) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
