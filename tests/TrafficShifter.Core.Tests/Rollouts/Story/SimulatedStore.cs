using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Tests.Rollouts.Story;

/// <summary>Keys with an index each, and transactions that compare them: what a store is, without its time.</summary>
internal sealed class SimulatedStore
{
    private readonly SortedDictionary<string, (string Value, ulong Index)> _entries = new(StringComparer.Ordinal);

    private readonly Dictionary<string, (Document Value, ulong Index)> _parsed = [];

    public ulong Index { get; private set; } = 1;

    public (string Value, ulong Index)? Find(string key) => _entries.TryGetValue(key, out var entry) ? entry : null;

    public ulong IndexOf(string key) => Find(key)?.Index ?? 0;

    /// <summary>The document as its text says it; parsed once for each index.</summary>
    public (T? Value, ulong Index) Read<T>(string key)
        where T : Document
    {
        if (Find(key) is not { } entry) return default;
        if (_parsed.GetValueOrDefault(key) is not { Value: T known } parsed || parsed.Index != entry.Index)
            _parsed[key] = (known = JsonSerializer.Deserialize<T>(entry.Value, DocumentJson.Options)!, entry.Index);
        return (known, entry.Index);
    }

    public IReadOnlyList<Entry> List(string prefix) => [.. _entries.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(e => new Entry(e.Key, e.Value.Value, e.Value.Index))];

    public void Write(string key, string value) => _entries[key] = (value, ++Index);

    public void WriteOrRemove(string key, string? value)
    {
        if (value is not null) Write(key, value);
        else if (_entries.Remove(key)) Index++;
    }

    public bool TryCommit(ChangeSet changes)
    {
        foreach (var change in changes.Changes)
        {
            var expected = change switch { Change.Put put => put.Expected, Change.Remove remove => remove.Expected, Change.Unchanged unchanged => unchanged.Expected, _ => (ulong?)null };
            if (expected is { } index && IndexOf(change.Key) != index) return false;
        }
        Index++;
        foreach (var change in changes.Changes)
        {
            if (change is Change.Put put) _entries[change.Key] = (put.Value, Index);
            if (change is Change.Set set) _entries[change.Key] = (set.Value, Index);
            if (change is Change.Remove) _entries.Remove(change.Key);
        }
        return true;
    }
}
