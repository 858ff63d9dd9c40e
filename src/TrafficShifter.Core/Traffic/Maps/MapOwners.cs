using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>Which application a row of a map belongs to.</summary>
public static class MapOwners
{
    /// <summary>Null for rows of networks, which are all applications', and for rows that are nobody's.</summary>
    public static AppName? Find(MapFile file, string key, string? value)
    {
        var name = file switch
        {
            MapFile.Hosts => value,
            MapFile.Apps => key,
            MapFile.Networks => null,
            _ => key[(key.LastIndexOf('|') + 1)..],
        };
        return AppName.TryParse(name, null, out var app) ? app : null;
    }

    /// <summary>Rows of applications that are not known, not even as deleted: nobody may say that they are not needed.</summary>
    /// <param name="held">What a map holds.</param>
    /// <param name="strangers">Those rows of the other maps; a network stays with the rules that are about it.</param>
    public static IEnumerable<MapRow> FindStrangers(MapFile file, IEnumerable<MapRow> held, Func<AppName, bool> isKnown, MapImage strangers) => file == MapFile.Networks
        ? held.Where(row => strangers[MapFile.Groups].Keys.Any(key => key.StartsWith($"{row.Key}|net|", StringComparison.Ordinal)))
        : held.Where(row => Find(file, row.Key, row.Value) is { } app && !isKnown(app));
}
