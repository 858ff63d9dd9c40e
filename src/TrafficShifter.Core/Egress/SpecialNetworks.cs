using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.Core.Egress;

/// <summary>Addresses that are not of the public Internet, after the IANA registries of special-purpose addresses (RFC 6890 and its successors).</summary>
public static class SpecialNetworks
{
    private static readonly (IPNetwork Network, string What)[] All =
    [
        .. Named("this host", "0.0.0.0/8", "::/128"),
        .. Named("loopback", "127.0.0.0/8", "::1/128"),
        .. Named("link-local", "169.254.0.0/16", "fe80::/10"),
        .. Named("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
        .. Named("of a carrier's own network", "100.64.0.0/10"),
        .. Named("multicast", "224.0.0.0/4", "ff00::/8"),
        .. Named("an IPv4 address in IPv6 clothes", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"),
        .. Named("reserved", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20"),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>What kind of special address it is, in words; null for one of the public Internet.</summary>
    public static string? Find(IPAddress address)
    {
        foreach (var (network, what) in All)
            if (network.Contains(address)) return what;
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !GlobalUnicast.Contains(address) ? "reserved" : null;
    }

    private static IEnumerable<(IPNetwork, string)> Named(string what, params string[] networks) => networks.Select(network => (IPNetwork.Parse(network), what));
}
