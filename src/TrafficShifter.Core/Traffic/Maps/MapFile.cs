namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>The maps that `map` routing reads, one file each in one folder.</summary>
public enum MapFile
{
    /// <summary>host → application. Changes when an application comes, goes or gets another host.</summary>
    Hosts,

    /// <summary>application → <see cref="AppRow"/>: one row, so one atomic command, for everything that a shift, lock or change of mode is.</summary>
    Apps,

    /// <summary>user and application → colour: opt-outs and targeted users.</summary>
    Users,

    /// <summary>group or network, and application → colour.</summary>
    Groups,

    /// <summary>CIDR → its own text: the narrowest network of any application's rules that an address is in.</summary>
    Networks,
}

public static class MapFiles
{
    public static IReadOnlyList<MapFile> All { get; } = [MapFile.Hosts, MapFile.Apps, MapFile.Users, MapFile.Groups, MapFile.Networks];

    /// <summary>
    /// The order in which they are changed. Applications first, because a lock is one of their rows and waits for nothing else; hosts last, so that no
    /// request finds a new host before its application and that one's rules. A host that outlives its application for a moment is to HAProxy as if it were not there.
    /// </summary>
    public static IReadOnlyList<MapFile> InOrder { get; } = [MapFile.Apps, MapFile.Users, MapFile.Groups, MapFile.Networks, MapFile.Hosts];

    /// <summary>The file's name within the folder of maps.</summary>
    public static string Name(this MapFile file) => file switch
    {
        MapFile.Hosts => "hosts.map",
        MapFile.Apps => "apps.map",
        MapFile.Users => "users.map",
        MapFile.Groups => "groups.map",
        _ => "networks.map",
    };
}
