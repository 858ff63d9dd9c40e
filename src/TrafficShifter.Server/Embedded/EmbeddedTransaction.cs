using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Embedded;

/// <summary>What a change set does to a state, as Consul's transactions do it: in order, each operation seeing the ones before it, all or nothing.</summary>
internal static class EmbeddedTransaction
{
    /// <summary>The outcome and the state after it: the same state when nothing was written.</summary>
    public static (CommitResult Result, EmbeddedState Next) Apply(EmbeddedState state, ChangeSet changes)
    {
        if (changes.Fence is { } fence && state.Entries.GetValueOrDefault(fence.Key)?.Session != fence.Session) return (new CommitResult.Deposed(), state);

        var index = state.Index + 1;
        var next = state;
        var conflicts = new List<string>();
        foreach (var change in changes.Changes)
        {
            if (IsAsExpected(next, change)) next = Apply(next, change, index);
            else conflicts.Add(change.Key);
        }
        if (conflicts.Count > 0) return (new CommitResult.Conflict([.. conflicts.Distinct()]), state);
        return (new CommitResult.Committed(IndexOf(next, changes)), next);
    }

    private static bool IsAsExpected(EmbeddedState state, Change change)
    {
        var found = state.Entries.GetValueOrDefault(change.Key)?.ModifyIndex ?? 0;
        return change switch
        {
            Change.Put put => found == put.Expected,
            Change.Remove remove => found == 0 || found == remove.Expected,
            Change.Unchanged unchanged => found == unchanged.Expected,
            _ => true,
        };
    }

    private static EmbeddedState Apply(EmbeddedState state, Change change, ulong index) => change switch
    {
        Change.Put put => Write(state, put.Key, put.Value, index),
        Change.Set set => Write(state, set.Key, set.Value, index),
        Change.Remove remove when state.Entries.ContainsKey(remove.Key) => state.Without(remove.Key, index),
        _ => state,
    };

    // A value that is there already is not written again; one that is written stays with the session that holds it.
    private static EmbeddedState Write(EmbeddedState state, string key, string value, ulong index)
    {
        var found = state.Entries.GetValueOrDefault(key);
        return found?.Value == value ? state : state.With(new Entry(key, value, index, found?.Session));
    }

    private static ulong IndexOf(EmbeddedState after, ChangeSet changes)
    {
        var written = changes.Changes.Where(change => change is Change.Put or Change.Set).ToList();
        if (written.Count == 0 && changes.Changes.Any(change => change is Change.Remove)) return after.Index;
        return (written.Count > 0 ? written : changes.Changes.ToList()).Select(change => after.Entries.GetValueOrDefault(change.Key)?.ModifyIndex ?? 0).DefaultIfEmpty().Max();
    }
}
