using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

internal static class SomeMapped
{
    public static MappedApp App(string name = "shop", string share = "5%", params string[] hosts) => new()
    {
        Name = AppName.Parse(name),
        Hosts = [.. hosts.Select(host => HostName.Parse(host))],
        Pool = PoolName.Parse("web"),
        Green = Share.Parse(share),
    };

    public static NetworkRule Net(string network, Colour to = Colour.Green) => new(Network.Parse(network), to);

    public static UserId User(string id) => UserId.Parse(id);
}
