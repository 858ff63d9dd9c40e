using System.Text;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary>A <see cref="ChangeSet"/> as Consul's transaction, and Consul's answer as a <see cref="CommitResult"/>. The fence goes first.</summary>
internal static class ChangeSetTxn
{
    public static IReadOnlyList<KVTxnOp> ToOperations(ChangeSet changes, string root)
    {
        var operations = new List<KVTxnOp>(changes.Operations);
        if (changes.Fence is { } fence) operations.Add(new KVTxnOp("check-session", root + fence.Key, Session: fence.Session));
        operations.AddRange(changes.Changes.Select(change => ToOperation(change, root)));
        return operations;
    }

    public static CommitResult ToFailure(ChangeSet changes, IReadOnlyList<TxnError> errors)
    {
        var fences = changes.Fence is null ? 0 : 1;
        if (errors.Any(error => error.OpIndex < fences)) return new CommitResult.Deposed();
        return new CommitResult.Conflict([.. errors.Select(error => changes.Changes[error.OpIndex - fences].Key).Distinct()]);
    }

    /// <summary>The index of the transaction; null when only Consul knows, because all that it wrote were removals.</summary>
    /// <remarks>What is already there is not written again and keeps its older index. A transaction of checks has the newest index that it checked, 0 without any.</remarks>
    public static ulong? FindIndex(ChangeSet changes, TxnResponse response, string root)
    {
        var results = (response.Results ?? []).Select(result => result.KV).OfType<KVPair>().ToList();
        var written = changes.Changes.Where(change => change is Change.Put or Change.Set).Select(change => root + change.Key).ToHashSet();
        if (written.Count > 0) return results.Where(pair => written.Contains(pair.Key)).Max(pair => pair.ModifyIndex);
        if (changes.Changes.Any(change => change is Change.Remove)) return null;
        return results.Select(pair => pair.ModifyIndex).DefaultIfEmpty().Max();
    }

    private static KVTxnOp ToOperation(Change change, string root) => change switch
    {
        Change.Put put => new KVTxnOp("cas", root + put.Key, Encoding.UTF8.GetBytes(put.Value), put.Expected),
        Change.Set set => new KVTxnOp("set", root + set.Key, Encoding.UTF8.GetBytes(set.Value)),
        Change.Remove remove => new KVTxnOp("delete-cas", root + remove.Key, Index: remove.Expected),
        Change.Unchanged { Expected: 0 } absent => new KVTxnOp("check-not-exists", root + absent.Key),
        Change.Unchanged unchanged => new KVTxnOp("check-index", root + unchanged.Key, Index: unchanged.Expected),
        _ => throw new ArgumentException($"{change.GetType().Name} is not an operation that Consul has", nameof(change)),
    };
}
