using System.Collections.Immutable;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>What a writer changed: one of its slots in <c>feed/&lt;writer&gt;/&lt;slot&gt;</c>, written in the change's own transaction.</summary>
/// <remarks>Followers wait for these few small keys only, so what a change costs them does not depend on how many applications there are.</remarks>
public sealed record FeedEntry : Document
{
    /// <summary>Slots per writer: how many changes it may have on their way at once.</summary>
    public const int Slots = 8;

    /// <summary>Counts the changes of the slot, in steps of <see cref="Slots"/>. A writer that starts again begins far above where it ended.</summary>
    public required long Number { get; init; }

    /// <summary>What the writer's process began to count above; null when it did not say.</summary>
    public long? First { get; init; }

    /// <summary>The keys that were written, relative to the prefix; a whole part of the store, <c>state/</c>, where much below it was written.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>The keys of the changes before in this slot, newest first, for those who did not look in between; null when none are told.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Before { get; init; }
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
    /// between what was seen in it and what it tells of now is lost, and everything must be read.
    /// </remarks>
    public FeedNews Read(Listing feed)
    {
        var next = new FeedPosition(feed.Index, feed.Entries.ToImmutableDictionary(e => e.Key, e => Reading.Of<FeedEntry>(e).Find()?.Number ?? -1));
        if (feed.Index < Index) return new FeedNews(next, ImmutableHashSet<string>.Empty, MustReadAll: true);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var told = new List<(string Key, ulong? Index)>();
        var gap = Index == 0;
        foreach (var slot in feed.Entries.Where(e => e.ModifyIndex > Index))
        {
            var entry = Reading.Of<FeedEntry>(slot).Find();
            var since = entry is null ? null : FindKeysSince(slot.Key, entry);
            gap |= since is null;
            keys.UnionWith(since ?? []);
            // The slot was written with what it tells of last; when what it tells of before was, it does not say.
            var last = entry?.Keys.ToHashSet(StringComparer.Ordinal) ?? [];
            told.AddRange((since ?? []).Distinct(StringComparer.Ordinal).Select(key => (key, last.Contains(key) ? slot.ModifyIndex : (ulong?)null)));
        }
        var written = told.GroupBy(t => t.Key, StringComparer.Ordinal).Where(key => key.All(t => t.Index is not null)).ToDictionary(key => key.Key, key => key.Max(t => t.Index!.Value), StringComparer.Ordinal);
        return new FeedNews(next, keys, gap) { Written = written };
    }

    /// <summary>The keys of all changes in a slot since it was looked at; null when one of them is not told of any more.</summary>
    private IEnumerable<string>? FindKeysSince(string slot, FeedEntry entry)
    {
        if (FindBase(slot, entry) is not { } seen) return null;
        var (steps, rest) = Math.DivRem(entry.Number - seen, FeedEntry.Slots);
        if (steps < 1 || rest != 0 || steps > 1 + (entry.Before?.Count ?? 0)) return null;
        return entry.Keys.Concat((entry.Before ?? []).Take((int)steps - 1).SelectMany(keys => keys ?? []));
    }

    /// <summary>The number after which everything in the slot is news; null when nobody can tell.</summary>
    private long? FindBase(string slot, FeedEntry entry)
    {
        if (Slots.TryGetValue(slot, out var seen)) return entry.First is null || seen > entry.First ? seen : null;
        // An empty slot held nothing that is lost if all that this process put there is told of, and no process before it could have: a writer
        // not seen at all may have had one.
        var ofWriter = Slots.Where(s => WriterOf(s.Key) == WriterOf(slot)).ToList();
        if (ofWriter.Count == 0 || entry.First is not { } first || ofWriter.Any(s => s.Value <= first)) return null;
        return first - FeedEntry.Slots + 1 + (entry.Number - first - 1) % FeedEntry.Slots;
    }

    private static string WriterOf(string key) => key.Split('/') is [_, var writer, ..] ? writer : "";
}

/// <param name="Keys">What changed; incomplete when <paramref name="MustReadAll"/>.</param>
public sealed record FeedNews(FeedPosition Position, IReadOnlySet<string> Keys, bool MustReadAll)
{
    /// <summary>The store's index of a key's newest write, where the feed tells it.</summary>
    public IReadOnlyDictionary<string, ulong> Written { get; init; } = ImmutableDictionary<string, ulong>.Empty;
}
