using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Audit;

/// <summary>An entry, and where it stands.</summary>
public sealed record PlacedEntry(HistoryPlace Place, HistoryEntry Entry);

/// <summary>Reads the history: of one application by its own keys, of all by the outbox as far as that goes back, and beyond it application by application.</summary>
/// <remarks>Never all of it at once: with thousands of applications that is hundreds of megabytes.</remarks>
public sealed class HistoryReader(ITrafficStore store, OutboxFollower outbox, TrafficFollower follower)
{
    private const int AtOnce = 16;

    /// <summary>The newest entries that match, and whether there are more.</summary>
    /// <param name="after">The last entry that whoever asks has; null: from the newest on.</param>
    /// <param name="isVisible">Whether whoever asks may see what is about an application; null: about none.</param>
    public async Task<(IReadOnlyList<PlacedEntry> Page, bool More)> ReadPageAsync(HistoryFilter filter, HistoryPlace? after, int limit, Func<AppName?, bool> isVisible, CancellationToken cancellationToken)
    {
        var found = filter.App is null ? await ReadRecentAsync(filter, after, limit + 1, isVisible, cancellationToken) : null;
        if (found is null)
        {
            var newest = new SortedList<HistoryPlace, PlacedEntry>(HistoryPlace.NewestFirst);
            await foreach (var placed in ReadAllAsync(filter, isVisible, cancellationToken))
            {
                if (after is not null && !placed.Place.IsOlderThan(after)) continue;
                newest[placed.Place] = placed;
                if (newest.Count > limit + 1) newest.RemoveAt(limit + 1);
            }
            found = [.. newest.Values];
        }
        return ([.. found.Take(limit)], found.Count > limit);
    }

    /// <summary>Every entry that matches, application by application, of each the newest first; those that belong to none come first.</summary>
    /// <remarks>Of applications that are there, or whose tombstone is; one that is gone for longer is read by its name.</remarks>
    public async IAsyncEnumerable<PlacedEntry> ReadAllAsync(HistoryFilter filter, Func<AppName?, bool> isVisible, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IEnumerable<AppName?> apps = filter.App is { } one ? [one] : follower.Current.Apps.Keys.OrderBy(a => a.Value, StringComparer.Ordinal).Prepend(null);
        foreach (var chunk in apps.Where(isVisible).Chunk(AtOnce))
        {
            var listings = await Task.WhenAll(chunk.Select(app => store.ListAsync(app is null ? Keys.HistoryOfNoApp : Keys.HistoryOf(app), cancellationToken)));
            foreach (var placed in listings.SelectMany(l => l.Entries.Select(Place).OfType<PlacedEntry>().Where(p => filter.Matches(p.Entry)).OrderBy(p => p.Place, HistoryPlace.NewestFirst))) yield return placed;
        }
    }

    /// <summary>The newest entries by what the outbox still has; null when it does not go back far enough.</summary>
    private async Task<IReadOnlyList<PlacedEntry>?> ReadRecentAsync(HistoryFilter filter, HistoryPlace? after, int wanted, Func<AppName?, bool> isVisible, CancellationToken cancellationToken)
    {
        var known = await outbox.ReadAsync(cancellationToken);
        var found = new List<PlacedEntry>();
        var candidates = known.Events.Reverse().Where(e => isVisible(e.Event.App) && filter.MightMatch(e.Event.App, e.Event.Kind, e.Event.At))
            .Select(e => new HistoryPlace(e.Position.Index, Keys.HistoryEntry(e.Event.App, e.Event.Id))).Where(p => after is null || p.IsOlderThan(after));
        foreach (var chunk in candidates.Chunk(AtOnce))
        {
            var entries = await Task.WhenAll(chunk.Select(p => store.FindAsync(p.Key, cancellationToken)));
            found.AddRange(entries.OfType<Entry>().Select(Place).OfType<PlacedEntry>().Where(p => filter.Matches(p.Entry)));
            if (found.Count >= wanted) break;
        }
        found.Sort((a, b) => HistoryPlace.NewestFirst.Compare(a.Place, b.Place));
        var goesBackFarEnough = found.Count >= wanted || known.Trimmed == 0 || (filter.From is { } from && known.Events.Count > 0 && known.Events[0].Event.At < from);
        return goesBackFarEnough ? found[..Math.Min(found.Count, wanted)] : null;
    }

    private static PlacedEntry? Place(Entry entry) => Reading.Of<HistoryEntry>(entry).Find() is { } read ? new PlacedEntry(new HistoryPlace(entry.ModifyIndex, entry.Key), read) : null;
}
