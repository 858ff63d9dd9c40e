using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Traffic;

/// <summary>Commits changes together with the feed entry by which everybody else hears of them, and the outbox entry by which they are told to people.</summary>
/// <remarks>A slot is written again only after its last writing ended, so a slow transaction never covers a newer one's entry.</remarks>
public sealed class TrafficWriter(ITrafficStore store, string writer, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim[] _slots = [.. Enumerable.Range(0, FeedEntry.Slots).Select(_ => new SemaphoreSlim(1))];
    private readonly long _first = time.GetUtcNow().ToUnixTimeMilliseconds();
    private long _sent;

    /// <inheritdoc cref="ITrafficStore.CommitAsync"/>
    public async Task<CommitResult> CommitAsync(ChangeSet changes, CancellationToken cancellationToken)
    {
        var keys = changes.Changes.Where(IsFollowed).Select(c => c.Key).ToList();
        return keys.Count == 0
            ? await SendAsync(changes)
            : await CommitWithFeedAsync(changes, keys, cancellationToken);
    }

    /// <summary>Tells the followers about keys that somebody else wrote.</summary>
    public Task<CommitResult> AnnounceAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        CommitWithFeedAsync(ChangeSet.Empty, keys, cancellationToken);

    private static bool IsFollowed(Change change) =>
        change is not Change.Unchanged && TrafficSnapshot.Prefixes.Any(p => change.Key.StartsWith(p, StringComparison.Ordinal));

    private async Task<CommitResult> CommitWithFeedAsync(ChangeSet changes, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        long number;
        SemaphoreSlim slot;
        Task turn;
        lock (_gate)
        {
            number = _first + ++_sent;
            slot = _slots[number % FeedEntry.Slots];
            turn = slot.WaitAsync(cancellationToken);
        }
        await turn;
        try
        {
            return await SendAsync(changes.With(FeedEntry.Of(writer, _first, number, keys)));
        }
        finally
        {
            slot.Release();
        }
    }

    /// <summary>Once sent, a commit is not given up with the request that wanted it: half a shift would be noticed by nobody.</summary>
    private async Task<CommitResult> SendAsync(ChangeSet changes)
    {
        try
        {
            return await store.CommitAsync(OutboxEntry.AddTo(changes), CancellationToken.None);
        }
        catch (StoreUnavailableException away)
        {
            throw new CommitUncertainException(away);
        }
    }
}

/// <summary>A transaction was sent and no answer came: nobody knows whether it was written.</summary>
public sealed class CommitUncertainException(StoreUnavailableException inner) : StoreException(inner.Message, inner);
