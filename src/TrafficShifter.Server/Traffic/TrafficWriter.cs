using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Traffic;

/// <summary>Commits changes together with the feed entry by which everybody else hears of them, and the outbox entry by which they are told to people.</summary>
/// <remarks>A slot is written again only after its last writing ended, so a slow transaction never covers a newer one's entry.</remarks>
/// <param name="follower">Is told at once of what this process wrote; null: nobody is.</param>
public sealed class TrafficWriter(ITrafficStore store, string writer, TimeProvider time, TrafficFollower? follower = null)
{
    private readonly Lock _gate = new();
    private readonly Slot[] _slots = CreateSlots(writer, time.GetUtcNow().ToUnixTimeMilliseconds());
    private int _sent;

    /// <inheritdoc cref="ITrafficStore.CommitAsync"/>
    public Task<CommitResult> CommitAsync(ChangeSet changes, CancellationToken cancellationToken)
    {
        var isLoopsOwn = changes.Fence is not null && !changes.Changes.Any(c => c.Key.StartsWith(Keys.Moves, StringComparison.Ordinal));
        var keys = changes.Changes.Where(c => IsFollowed(c, isLoopsOwn)).Select(c => c.Key).ToList();
        if (keys.Count == 0) return SendAsync(changes);
        if (follower is null) return CommitWithFeedAsync(changes, keys, cancellationToken);
        var answer = new TaskCompletionSource<CommitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = CommitAndFollowAsync(changes, keys, follower, answer, cancellationToken);
        return answer.Task;
    }

    /// <summary>Follows at once, on the thread that heard of the commit, and lets whoever wanted it go on elsewhere: whoever listens may write to a disk, and a disk that hangs must hold back nobody's answer.</summary>
    private async Task CommitAndFollowAsync(ChangeSet changes, IReadOnlyList<string> keys, TrafficFollower following, TaskCompletionSource<CommitResult> answer, CancellationToken cancellationToken)
    {
        try
        {
            var result = await CommitWithFeedAsync(changes, keys, cancellationToken);
            answer.SetResult(result);
            if (result is CommitResult.Committed committed) following.Follow(changes, committed.Index);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            answer.TrySetCanceled(cancellationToken);
        }
        catch (Exception failed)
        {
            answer.TrySetException(failed);
        }
    }

    /// <summary>Commits changes that the followers are told of afterwards, several transactions in one <see cref="AnnounceAsync"/>: of what moves no traffic, and is much.</summary>
    /// <inheritdoc cref="ITrafficStore.CommitAsync"/>
    public Task<CommitResult> CommitUntoldAsync(ChangeSet changes) => SendAsync(changes);

    /// <summary>Tells the followers about keys that somebody else wrote, or that were committed untold.</summary>
    public Task<CommitResult> AnnounceAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        CommitWithFeedAsync(ChangeSet.Empty, keys, cancellationToken);

    /// <summary>Nobody but their own loops follow these documents, and of what those wrote themselves they know: not of what people and migrations say to them.</summary>
    private static readonly string[] LoopsOwn = [Keys.Rollouts, Keys.Migrations, Keys.Evacuations];

    private static bool IsFollowed(Change change, bool isLoopsOwn) =>
        change is not Change.Unchanged && (TrafficSnapshot.Prefixes.Any(p => change.Key.StartsWith(p, StringComparison.Ordinal)) || (!isLoopsOwn && LoopsOwn.Any(p => change.Key.StartsWith(p, StringComparison.Ordinal))));

    private async Task<CommitResult> CommitWithFeedAsync(ChangeSet changes, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        Slot slot;
        Task turn;
        lock (_gate)
        {
            slot = _slots[(_sent = (_sent + 1) % FeedEntry.Slots)];
            turn = slot.Turn.WaitAsync(cancellationToken);
        }
        await turn;
        var written = true;
        try
        {
            var result = await SendAsync(changes.With(slot.Feed.Tell(keys)));
            written = result is CommitResult.Committed;
            return result;
        }
        catch (StoreRefusedException)
        {
            written = false;
            throw;
        }
        finally
        {
            // Only what was not written for certain leaves its number to the next.
            if (written) slot.Feed = slot.Feed.After(keys);
            slot.Turn.Release();
        }
    }

    private static Slot[] CreateSlots(string writer, long first) => [.. Enumerable.Range(0, FeedEntry.Slots).Select(n => new Slot(FeedSlot.Begin(writer, first, n)))];

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

    /// <summary>Whoever has the turn may tell in the slot.</summary>
    private sealed class Slot(FeedSlot feed)
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public FeedSlot Feed { get; set; } = feed;
    }
}

/// <summary>A transaction was sent and no answer came: nobody knows whether it was written.</summary>
public sealed class CommitUncertainException(StoreUnavailableException inner) : StoreException(inner.Message, inner);
