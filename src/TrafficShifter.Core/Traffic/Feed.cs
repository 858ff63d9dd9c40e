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

    /// <summary>The keys that were written, relative to the prefix.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    public static Change Of(string writer, long number, IReadOnlyList<string> keys) => new Change.Set(
        Documents.Keys.FeedSlot(writer, (int)(number % Slots)),
        DocumentJson.Write(new FeedEntry { Number = number, Keys = keys }));
}

/// <summary>How far a follower has read the feed.</summary>
/// <param name="Index">Index of the last listing; 0 before the first.</param>
/// <param name="Last">Per writer, the highest number seen.</param>
public sealed record FeedPosition(ulong Index, ImmutableDictionary<string, long> Last)
{
    public static readonly FeedPosition Start = new(0, ImmutableDictionary<string, long>.Empty);

    /// <summary>What a listing of the feed says beyond this position.</summary>
    /// <remarks>
    /// A number that is missing and whose slot has been written again since is lost: everything must be read.
    /// A number that is missing in a slot not yet written again belongs to a transaction that failed or is still to come.
    /// </remarks>
    public FeedNews Read(Listing feed)
    {
        if (feed.Index < Index) return new FeedNews(new FeedPosition(feed.Index, Numbers(feed)), ImmutableHashSet<string>.Empty, MustReadAll: true);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var gap = Index == 0;
        foreach (var writer in feed.Entries.Where(e => e.ModifyIndex > Index).GroupBy(WriterOf))
        {
            var entries = writer.Select(Reading.Of<FeedEntry>).ToList();
            gap |= entries.Any(e => e.Find() is null);
            var numbers = entries.Select(e => e.Find()).OfType<FeedEntry>().ToList();
            foreach (var entry in numbers) keys.UnionWith(entry.Keys);
            if (numbers.Count > 0) gap |= HasGap(Last.TryGetValue(writer.Key, out var last) ? last : null, numbers.Max(n => n.Number));
        }
        return new FeedNews(new FeedPosition(feed.Index, Numbers(feed)), keys, gap);
    }

    /// <summary>Numbers up to <c>newest - Slots</c> have lost their slot. Was one of them after the last that this follower saw?</summary>
    /// <remarks>A writer not seen before may have lost numbers too: it counts from its start time, so only a full read is safe.</remarks>
    private static bool HasGap(long? last, long newest) => last is null || newest < last || newest - FeedEntry.Slots > last;

    private static ImmutableDictionary<string, long> Numbers(Listing feed) => feed.Entries
        .GroupBy(WriterOf)
        .ToImmutableDictionary(w => w.Key, w => w.Max(e => Reading.Of<FeedEntry>(e).Find()?.Number ?? -1));

    private static string WriterOf(Entry entry) => entry.Key.Split('/') is [_, var writer, ..] ? writer : "";
}

/// <param name="Keys">What changed; incomplete when <paramref name="MustReadAll"/>.</param>
public sealed record FeedNews(FeedPosition Position, IReadOnlySet<string> Keys, bool MustReadAll);
