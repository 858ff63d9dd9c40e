using System.Collections.Immutable;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>What has to be done to one map so that it holds what it should.</summary>
/// <param name="Replace">One transaction with every row, because HAProxy looks at all rows of a map for each single `set` or `del`.</param>
public sealed record MapChange(IReadOnlyList<MapRow> Set, IReadOnlyList<string> Delete, bool Replace)
{
    /// <summary>From here on a transaction blocks HAProxy's thread for less time: a `set` costs 4 µs per 100 rows, a row of a transaction 3 µs.</summary>
    public const int MaxSingleChanges = 50;

    public bool IsEmpty => Set.Count == 0 && Delete.Count == 0 && !Replace;

    /// <param name="observed">The rows as they were read, in HAProxy's order; a key that is there twice counts with its first row, as HAProxy looks it up.</param>
    public static MapChange Between(IReadOnlyDictionary<string, string> desired, IEnumerable<MapRow> observed)
    {
        var now = new Dictionary<string, string>(StringComparer.Ordinal);
        var twice = false;
        foreach (var row in observed) twice |= !now.TryAdd(row.Key, row.Value);
        var change = Between(desired, now);
        return change with { Replace = change.Replace || twice };
    }

    /// <param name="before">What the map holds, every key once.</param>
    public static MapChange Between(IReadOnlyDictionary<string, string> desired, IReadOnlyDictionary<string, string> before)
    {
        if (ReferenceEquals(desired, before)) return new MapChange([], [], Replace: false);
        var set = desired.Where(row => !before.TryGetValue(row.Key, out var value) || value != row.Value).Select(row => new MapRow(row.Key, row.Value)).ToImmutableList();
        var delete = before.Keys.Where(key => !desired.ContainsKey(key)).ToImmutableList();
        return Of(set, delete);
    }

    internal static MapChange Of(IReadOnlyList<MapRow> set, IReadOnlyList<string> delete) => new(set, delete, Replace: set.Count + delete.Count > MaxSingleChanges);
}
