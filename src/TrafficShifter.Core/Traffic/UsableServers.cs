using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Traffic;

/// <summary>How many servers of each colour one HAProxy has, and how many of them take traffic, when they were read last.</summary>
public sealed record UsableServers(ServerCount Blue, ServerCount Green)
{
    public ServerCount Of(Colour colour) => colour == Colour.Blue ? Blue : Green;

    public static UsableServers Of(Routing routing, IReadOnlyList<ServerReading> servers) =>
        new(Count(servers.Where(s => routing.FindColour(s.Name) == Colour.Blue)), Count(servers.Where(s => routing.FindColour(s.Name) == Colour.Green)));

    public static UsableServers Of(PoolReading pool) => new(Count(pool.Blue ?? []), Count(pool.Green ?? []));

    private static ServerCount Count(IEnumerable<ServerReading> servers)
    {
        var all = servers.ToList();
        return new ServerCount(all.Count(s => s.Health == ServerHealth.Up), all.Count);
    }
}

/// <param name="Usable">Those that are up, whatever their weight.</param>
public sealed record ServerCount(int Usable, int All)
{
    /// <summary>At least one, and at least this part of all of them.</summary>
    public bool IsAtLeast(Share least) => Usable > 0 && Usable >= All * least.Ratio;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Usable} of {All}");
}
