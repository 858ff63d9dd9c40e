using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Targets;

/// <summary>Target rules in the store: one document, or where that would be too large a manifest and its chunks.</summary>
/// <remarks>
/// Chunks are written first and the manifest last, in the change's transaction, so nobody ever sees half of the rules. A writer that dies in
/// between leaves chunks that no manifest names; the janitor takes them away.
/// </remarks>
public sealed partial class TargetDocuments(ITrafficStore store, ILogger<TargetDocuments> logger)
{
    private const int Attempts = 3;

    /// <summary>An entry of <c>targets/</c> with its rules in it, whatever they are stored as. What cannot be made whole stays a manifest, which no reader takes for rules.</summary>
    /// <param name="known">Rules that are known at the same index already are not read again.</param>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Entry?> CompleteAsync(Entry? entry, TrafficSnapshot known, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (entry is null || Keys.FindAppExactly(entry.Key, Keys.Targets) is not { } app || TargetChunks.Find(entry) is not { } chunks) return entry;
            if (known.Find(app).Targets is { Problem: null } same && same.LatestIndex == entry.ModifyIndex) return entry;
            if (chunks.Join(await ReadAsync(app, chunks, cancellationToken)) is { } text) return entry with { Value = text };
            // Newer rules may have been written meanwhile, and these chunks swept.
            var now = attempt < Attempts ? await store.FindAsync(entry.Key, cancellationToken) : entry;
            if (now?.ModifyIndex == entry.ModifyIndex)
            {
                LogIncomplete(app);
                return entry;
            }
            entry = now;
        }
    }

    /// <summary>Writes the chunks, if there are to be any, and says what else to write for these rules in the change's own transaction.</summary>
    /// <param name="limited">False: the limit of all applications together does not count. For what the store had before it was wiped.</param>
    /// <exception cref="StoreException">The store cannot be asked; nothing that anybody reads was changed.</exception>
    public async Task<PreparedTargets> PrepareAsync(AppTraffic current, TargetRules next, ChangeNote note, CancellationToken cancellationToken, bool limited = true)
    {
        var before = await store.FindAsync(Keys.TargetsOf(current.Name), cancellationToken);
        var more = next.UserCount - (before is null ? 0 : TargetTotal.CountIn(before));
        var (counter, problem) = more == 0 ? (null, null) : await CountAsync(more, limited, cancellationToken);
        if (problem is not null) return new PreparedTargets([], null, null, problem);
        var (document, chunks) = TargetChunks.Split(TargetChanges.Stamp(next, note), note.Id);
        Change.Unchanged? first = null;
        for (var number = 0; number < chunks.Count; number++)
        {
            var key = Keys.TargetChunk(current.Name, note.Id, number);
            // In transactions of their own: two would be over what Consul takes in one.
            if (await store.CommitAsync(ChangeSet.Empty.With(new Change.Set(key, chunks[number])), cancellationToken) is not CommitResult.Committed written)
                throw new StoreRefusedException($"{store.Name} did not write {key}");
            first ??= new Change.Unchanged(key, written.Index);
        }
        return new PreparedTargets([.. TargetChanges.Write(current, document, first, counter)], document.Chunked, before is null ? null : TargetChunks.Find(before), null);
    }

    /// <summary>What an application's rules become when its definition is written or deleted: empty ones for what a deleted one left, and what a wiped store lost as it was.</summary>
    public async Task<Change[]> KeepAsync(AppTraffic current, TargetRules wanted, ChangeNote note, CancellationToken cancellationToken)
    {
        var isThere = wanted.IsEmpty ? current.Targets.Value is null or { IsEmpty: true } : !current.Targets.IsLost;
        return isThere
            ? [new Change.Unchanged(Keys.TargetsOf(current.Name), current.Targets.LatestIndex)]
            : [.. (await PrepareAsync(current, wanted, note, cancellationToken, limited: false)).Changes];
    }

    /// <summary>Takes away chunks that no manifest names any more. What fails here the janitor does later.</summary>
    public async Task SweepAsync(AppName app, TargetChunks? chunks, CancellationToken cancellationToken)
    {
        if (chunks is null) return;
        try
        {
            var old = (await ReadAsync(app, chunks, cancellationToken)).OfType<Entry>().Select(entry => (Change)new Change.Remove(entry.Key, entry.ModifyIndex)).ToArray();
            if (old.Length > 0) await store.CommitAsync(ChangeSet.Empty.With(old), cancellationToken);
        }
        catch (StoreException away)
        {
            LogUnswept(app, away.Message);
        }
    }

    private Task<Entry?[]> ReadAsync(AppName app, TargetChunks chunks, CancellationToken cancellationToken) =>
        Task.WhenAll(chunks.KeysOf(app).Select(key => store.FindAsync(key, cancellationToken)));

    private async Task<(Change? Counter, string? Problem)> CountAsync(int more, bool limited, CancellationToken cancellationToken)
    {
        var counter = await store.FindAsync(Keys.TargetUsers, cancellationToken);
        var total = counter is null ? null : Reading.Of<TargetTotal>(counter).Find()?.Users;
        // Counted after the counter was read: whoever adds users meanwhile writes the counter too, and this change is lost.
        if (total is null || (limited && total + more > TargetTotal.Max)) total = TargetTotal.CountIn((await store.ListAsync(Keys.Targets, cancellationToken)).Entries);
        return limited && more > 0 && total + more > TargetTotal.Max
            ? (null, $"users: all applications together have at most {TargetTotal.Max} targeted and opted-out users; they have {total}, and these are {more} more")
            : (TargetTotal.Write(counter, total.Value + more), null);
    }

    [LoggerMessage(EventId = 150, Level = LogLevel.Error, Message = "The chunks of the target rules of {App} are not there, or are not those that were written: the last rules known stay")]
    private partial void LogIncomplete(AppName app);

    [LoggerMessage(EventId = 151, Level = LogLevel.Warning, Message = "Old chunks of the target rules of {App} stay until the next clean-up: {Problem}")]
    private partial void LogUnswept(AppName app, string problem);
}

/// <param name="Changes">What to write in the change's transaction.</param>
/// <param name="Written">Chunks that were written already; to be swept when the transaction is lost.</param>
/// <param name="Replaced">Chunks that nobody needs once the transaction is written.</param>
/// <param name="Problem">Why the rules cannot be written, as a sentence that begins with the field; null when they can.</param>
public sealed record PreparedTargets(IReadOnlyList<Change> Changes, TargetChunks? Written, TargetChunks? Replaced, string? Problem);
