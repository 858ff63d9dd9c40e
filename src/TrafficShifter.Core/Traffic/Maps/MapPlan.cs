using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>One change of one map, to be made in the order of the plan.</summary>
/// <param name="Rows">All that the map holds afterwards.</param>
public sealed record MapStep(MapFile File, MapChange Change, IReadOnlyDictionary<string, string> Rows)
{
    /// <summary>The rows that are set or deleted, in words: what drifted, when nothing was asked for.</summary>
    public IEnumerable<string> Describe() => Change.Set.Select(row => $"{File.Name()}: \"{row.Key}\" is put to {row.Value}").Concat(Change.Delete.Select(key => $"{File.Name()}: \"{key}\" is taken away"));
}

/// <summary>The changes that bring the maps of one HAProxy to what they should hold.</summary>
/// <remarks>
/// Applications come first, because a lock is one of their rows and waits for nothing else; hosts come last, so that no request finds a new host before
/// its application and that one's rules. A host that is there a moment longer than its application is to HAProxy as if it were not there.
/// </remarks>
public static class MapPlan
{
    /// <summary>Against what was read from HAProxy.</summary>
    public static IReadOnlyList<MapStep> Between(MapImage desired, IReadOnlyDictionary<MapFile, MapReading> observed) =>
        Order(desired, file => observed[file].ChangeTo(desired[file]));

    /// <summary>Against what was brought to HAProxy last, read back then.</summary>
    public static IReadOnlyList<MapStep> Between(MapImage desired, MapImage before) =>
        Order(desired, file => MapChange.Between(desired[file], before[file]));

    /// <summary>The applications that rows of these steps belong to.</summary>
    public static IReadOnlySet<AppName> FindApps(IEnumerable<MapStep> steps)
    {
        var found = new HashSet<AppName>();
        foreach (var step in steps)
        {
            foreach (var row in step.Change.Set)
                if (MapOwners.Find(step.File, row.Key, row.Value) is { } app) found.Add(app);
            foreach (var key in step.Change.Delete)
                if (MapOwners.Find(step.File, key, null) is { } app) found.Add(app);
        }
        return found;
    }

    private static List<MapStep> Order(MapImage desired, Func<MapFile, MapChange> changeOf) =>
        [.. MapFiles.InOrder.Select(file => new MapStep(file, changeOf(file), desired[file])).Where(step => !step.Change.IsEmpty)];
}
