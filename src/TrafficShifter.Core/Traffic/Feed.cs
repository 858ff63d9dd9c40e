using System.Collections.Immutable;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>What a writer changed: one of its slots in <c>feed/&lt;writer&gt;/&lt;slot&gt;</c>, written in the change's own transaction.</summary>
/// <remarks>Followers wait for these few small keys only, so what a change costs them does not depend on how many applications there are.</remarks>
public sealed record FeedEntry : Document
{
    /// <summary>Slots per writer: how many changes a follower may miss between two reads without reading everything again.</summary>
    public const int Slots = 8;

    /// <summary>Counts the writer's changes. A writer that starts again begins far above where it ended.</summary>
    public required long Number { get; init; }

    /// <summary>What the writer's process began to count above; null when it did not say.</summary>
    public long? First { get; init; }

    /// <summary>The keys that were written, relative to the prefix.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <param name="first">The number before the first that this process of the writer used.</param>
    public static Change Of(string writer, long first, long number, IReadOnlyList<string> keys) => new Change.Set(
        Documents.Keys.FeedSlot(writer, (int)(number % Slots)),
        DocumentJson.Write(new FeedEntry { Number = number, First = first, Keys = keys }));
}

/// <summary>How far a follower has read the feed.</summary>
/// <param name="Index">Index of the last listing; 0 before the first.</param>
/// <param name="Slots">Per slot's key, the number seen in it; -1 for one that could not be read.</param>
public sealed record FeedPosition(ulong Index, ImmutableDictionary<string, long> Slots)
{
    public static readonly FeedPosition Start = new(0, ImmutableDictionary<string, long>.Empty);

    /// <summary>What a listing of the feed says beyond this position.</summary>
    /// <remarks>
    /// Each slot is judged for itself, because a slow change may be overtaken by later ones in other slots: a number that the slot had
    /// between what was seen in it and what is there now is lost, and everything must be read. A transaction that failed leaves such a
    /// hole too and costs a full read that was not needed.
    /// </remarks>
    public FeedNews Read(Listing feed)
    {
        var next = new FeedPosition(feed.Index, feed.Entries.ToImmutableDictionary(e => e.Key, e => Reading.Of<FeedEntry>(e).Find()?.Number ?? -1));
        if (feed.Index < Index) return new FeedNews(next, ImmutableHashSet<string>.Empty, MustReadAll: true);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var gap = Index == 0;
        foreach (var slot in feed.Entries.Where(e => e.ModifyIndex > Index))
        {
            var entry = Reading.Of<FeedEntry>(slot).Find();
            gap |= entry is null || HasGap(slot.Key, entry);
            keys.UnionWith(entry?.Keys ?? []);
        }
        return new FeedNews(next, keys, gap);
    }

    private bool HasGap(string slot, FeedEntry entry)
    {
        if (Slots.TryGetValue(slot, out var seen)) return entry.Number != seen + FeedEntry.Slots;
        // An empty slot held nothing that is lost if this is the first number that the process could put there, and no process before
        // it could have: a writer not seen at all may have had one.
        var ofWriter = Slots.Where(s => WriterOf(s.Key) == WriterOf(slot)).ToList();
        return ofWriter.Count == 0 || entry.First is not { } first || ofWriter.Any(s => s.Value <= first) || entry.Number - FeedEntry.Slots > first;
    }

    private static string WriterOf(string key) => key.Split('/') is [_, var writer, ..] ? writer : "";
}

/// <param name="Keys">What changed; incomplete when <paramref name="MustReadAll"/>.</param>
public sealed record FeedNews(FeedPosition Position, IReadOnlySet<string> Keys, bool MustReadAll);
