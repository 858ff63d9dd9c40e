using System.Collections.Immutable;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>What all maps of one HAProxy should hold.</summary>
public sealed record MapImage(IReadOnlyDictionary<MapFile, IReadOnlyDictionary<string, string>> Files)
{
    public static readonly MapImage Empty = Of([]).Image;

    public IReadOnlyDictionary<string, string> this[MapFile file] => Files[file];

    /// <summary>The maps for these applications, and what could not be written, one sentence each.</summary>
    /// <remarks>A host of two applications goes to the one whose name is first: the same on every node.</remarks>
    public static (MapImage Image, IReadOnlyList<string> Problems) Of(IEnumerable<MappedApp> apps)
    {
        var sorted = apps.OrderBy(app => app.Name.Value, StringComparer.Ordinal).ToList();
        var problems = new List<string>();
        var files = new Dictionary<MapFile, IReadOnlyDictionary<string, string>>
        {
            [MapFile.Hosts] = Rows(MapFile.Hosts, sorted.SelectMany(app => app.Hosts.Select(host => new MapRow(host.Value, app.Name.Value)))),
            [MapFile.Apps] = Rows(MapFile.Apps, sorted.Select(app => app.Row.ToMapRow())),
            [MapFile.Users] = Rows(MapFile.Users, sorted.SelectMany(TargetRows.Users)),
            [MapFile.Groups] = Rows(MapFile.Groups, sorted.SelectMany(TargetRows.Groups).Concat(TargetRows.NetworkRules(sorted))),
            [MapFile.Networks] = Rows(MapFile.Networks, TargetRows.Networks(sorted)),
        };
        return (new MapImage(files), problems);

        Dictionary<string, string> Rows(MapFile file, IEnumerable<MapRow> rows)
        {
            var found = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var row in rows)
                if (!found.TryAdd(row.Key, row.Value) && found[row.Key] != row.Value)
                    problems.Add($"{file.Name()}: \"{row.Key}\" is to be both {found[row.Key]} and {row.Value}; the first stays");
            return found;
        }
    }
}

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
        var set = desired.Where(row => !now.TryGetValue(row.Key, out var value) || value != row.Value).Select(row => new MapRow(row.Key, row.Value)).ToImmutableList();
        var delete = now.Keys.Where(key => !desired.ContainsKey(key)).ToImmutableList();
        return new MapChange(set, delete, Replace: twice || set.Count + delete.Count > MaxSingleChanges);
    }
}
