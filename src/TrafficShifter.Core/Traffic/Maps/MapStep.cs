using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>One change of one map.</summary>
/// <param name="Rows">All that the map holds afterwards.</param>
public sealed record MapStep(MapFile File, MapChange Change, IReadOnlyDictionary<string, string> Rows)
{
    /// <summary>The rows that are set or deleted, in words: what drifted, when nothing was asked for.</summary>
    public IEnumerable<string> Describe() => Change.Set.Select(row => $"{File.Name()}: \"{row.Key}\" is put to {row.Value}").Concat(Change.Delete.Select(key => $"{File.Name()}: \"{key}\" is taken away"));

    /// <summary>The applications that these rows belong to.</summary>
    public IEnumerable<AppName> FindApps() => Change.Set.Select(row => MapOwners.Find(File, row.Key, row.Value)).Concat(Change.Delete.Select(key => MapOwners.Find(File, key, null))).OfType<AppName>();
}
