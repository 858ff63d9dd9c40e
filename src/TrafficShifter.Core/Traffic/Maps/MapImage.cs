using System.Collections.Immutable;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>What all maps of one HAProxy should hold. Rows are sorted, so that equal maps are equal files.</summary>
public sealed record MapImage(ImmutableDictionary<MapFile, ImmutableSortedDictionary<string, string>> Files)
{
    public static readonly ImmutableSortedDictionary<string, string> NoRows = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static readonly MapImage Empty = new(MapFiles.All.ToImmutableDictionary(file => file, _ => NoRows));

    public ImmutableSortedDictionary<string, string> this[MapFile file] => Files[file];

    /// <summary>A host is claimed by several applications: who gets it when one goes cannot be told from the rows.</summary>
    public bool IsContested { get; private init; }

    /// <summary>The maps for these applications, and what could not be written, one sentence each.</summary>
    /// <remarks>A host of two applications goes to the one whose name is first: the same on every node.</remarks>
    public static (MapImage Image, IReadOnlyList<string> Problems) Of(IEnumerable<MappedApp> apps)
    {
        var sorted = apps.OrderBy(app => app.Name.Value, StringComparer.Ordinal).ToList();
        var problems = new List<string>();
        var files = ImmutableDictionary.CreateRange<MapFile, ImmutableSortedDictionary<string, string>>(
        [
            new(MapFile.Hosts, Rows(MapFile.Hosts, sorted.SelectMany(HostRows))),
            new(MapFile.Apps, Rows(MapFile.Apps, sorted.Select(app => app.Row.ToMapRow()))),
            new(MapFile.Users, Rows(MapFile.Users, sorted.SelectMany(TargetRows.Users))),
            new(MapFile.Groups, Rows(MapFile.Groups, sorted.SelectMany(TargetRows.Groups).Concat(TargetRows.NetworkRules(sorted)))),
            new(MapFile.Networks, Rows(MapFile.Networks, TargetRows.Networks(sorted))),
        ]);
        return (new MapImage(files) { IsContested = problems.Count > 0 }, problems);

        ImmutableSortedDictionary<string, string> Rows(MapFile file, IEnumerable<MapRow> rows)
        {
            var found = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var row in rows)
                if (!found.TryAdd(row.Key, row.Value) && found[row.Key] != row.Value)
                    problems.Add($"{file.Name()}: \"{row.Key}\" is to be both {found[row.Key]} and {row.Value}; the first stays");
            return found.ToImmutableSortedDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>The same maps after one application came, changed or went, at a cost that does not grow with the number of applications.</summary>
    /// <returns>Null where that cannot be said of this application alone: networks changed, or a host that another one has. <see cref="Of"/> says it then.</returns>
    public MapImage? TryReplace(MappedApp? before, MappedApp? after)
    {
        if (!HaveSameNetworks(before, after) || (IsContested && !HaveSameHosts(before, after))) return null;
        if (TryReplaceHosts(before, after) is not { } hosts) return null;
        var apps = before is not null && before.Name != after?.Name ? this[MapFile.Apps].Remove(before.Name.Value) : this[MapFile.Apps];
        if (after?.Row.ToMapRow() is { } own) apps = apps.SetItem(own.Key, own.Value);
        var (users, groups) = (this[MapFile.Users], this[MapFile.Groups]);
        if (!HaveSameRules(before, after))
        {
            users = Replace(users, before is null ? [] : TargetRows.Users(before), after is null ? [] : TargetRows.Users(after));
            groups = Replace(groups, before is null ? [] : TargetRows.Groups(before), after is null ? [] : TargetRows.Groups(after));
        }
        return With((MapFile.Apps, apps), (MapFile.Hosts, hosts), (MapFile.Users, users), (MapFile.Groups, groups));
    }

    /// <summary>The same with further rows, where there is none with their key.</summary>
    public MapImage Adopting(MapImage others) => With([.. MapFiles.All.Select(file => (file, others[file].IsEmpty ? this[file] : this[file].AddRange(others[file].Where(row => !this[file].ContainsKey(row.Key)))))]);

    /// <summary>The same with other rows in one map.</summary>
    public MapImage With(MapFile file, IEnumerable<MapRow> rows)
    {
        var next = rows.DistinctBy(row => row.Key).ToImmutableSortedDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);
        return next.SequenceEqual(this[file]) ? this : With((file, next));
    }

    /// <summary>The same, with one file taken from another image that holds the same rows.</summary>
    public MapImage Sharing(MapFile file, MapImage other) => With((file, other[file]));

    /// <summary>The very same when every file is the very same.</summary>
    private MapImage With(params ReadOnlySpan<(MapFile File, ImmutableSortedDictionary<string, string> Rows)> files)
    {
        var next = Files;
        foreach (var (file, rows) in files)
            if (!ReferenceEquals(rows, this[file])) next = next.SetItem(file, rows);
        return ReferenceEquals(next, Files) ? this : this with { Files = next };
    }

    private static ImmutableSortedDictionary<string, string> Replace(ImmutableSortedDictionary<string, string> rows, IEnumerable<MapRow> before, IEnumerable<MapRow> after)
    {
        var wanted = after.DistinctBy(row => row.Key).ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);
        return rows.RemoveRange(before.Select(row => row.Key).Where(key => !wanted.ContainsKey(key))).SetItems(wanted);
    }

    private ImmutableSortedDictionary<string, string>? TryReplaceHosts(MappedApp? before, MappedApp? after)
    {
        var hosts = this[MapFile.Hosts];
        if (HaveSameHosts(before, after)) return hosts;
        hosts = hosts.RemoveRange(before is null ? [] : HostRows(before).Select(row => row.Key));
        foreach (var row in after is null ? [] : HostRows(after))
        {
            if (hosts.ContainsKey(row.Key)) return null;
            hosts = hosts.Add(row.Key, row.Value);
        }
        return hosts;
    }

    private static bool HaveSameHosts(MappedApp? before, MappedApp? after) => before is not null && after is not null && before.Name == after.Name && before.Hosts.SequenceEqual(after.Hosts);

    private static bool HaveSameNetworks(MappedApp? before, MappedApp? after) =>
        (before?.Rules ?? TargetRules.None).Networks.SequenceEqual((after?.Rules ?? TargetRules.None).Networks) && (before?.Rules.Networks.Count is null or 0 || before.Name == after?.Name);

    private static bool HaveSameRules(MappedApp? before, MappedApp? after) =>
        (before?.Rules.IsEmpty != false && after?.Rules.IsEmpty != false)
        || (before is not null && after is not null && ReferenceEquals(before.Rules, after.Rules) && (before.Stable == after.Stable || after.Rules.OptOut.Count == 0));

    private static IEnumerable<MapRow> HostRows(MappedApp app) => app.Hosts.Select(host => new MapRow(host.Value, app.Name.Value));
}
