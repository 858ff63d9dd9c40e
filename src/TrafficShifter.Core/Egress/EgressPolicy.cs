using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.Core.Egress;

/// <summary>Where this installation may call out to, as an admin wrote it. Nothing listed: nothing may be called.</summary>
/// <remarks>
/// A host must be listed by its name. An address that is not of the public Internet must also be in a listed network, whatever name it came by:
/// a name in somebody else's DNS must not reach what only this machine reaches. A host that is an address itself is listed as one of the two.
/// </remarks>
public sealed class EgressPolicy
{
    private readonly IReadOnlyList<string> _hosts;
    private readonly IReadOnlyList<IPNetwork> _networks;

    private EgressPolicy(IReadOnlyList<string> hosts, IReadOnlyList<IPNetwork> networks)
    {
        _hosts = hosts;
        _networks = networks;
    }

    /// <summary>True: nothing is listed, and nothing may be called.</summary>
    public bool IsOff => _hosts.Count == 0 && _networks.Count == 0;

    /// <param name="hosts">Names in lower case like <c>hooks.slack.com</c>, <c>*.example.com</c> (any name below it) or a public address; separated by commas.</param>
    /// <param name="networks">IPv4 and IPv6 networks like <c>10.1.0.0/16</c>; separated by commas.</param>
    /// <exception cref="FormatException">One of them is none; the message says which.</exception>
    public static EgressPolicy Parse(string? hosts, string? networks)
    {
        var names = Split(hosts);
        foreach (var name in names)
            if (FindHostProblem(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) is { } problem) throw new FormatException(problem);
        return new EgressPolicy(names, [.. Split(networks).Select(text => IPNetwork.Parse(Traffic.Maps.Network.Parse(text).ToString()))]);
    }

    /// <summary>Why <paramref name="url"/> may not be called, as a sentence, before any name is looked up; null when nothing speaks against it so far.</summary>
    /// <remarks>The text is judged as it was written: a parser of URLs turns <c>http://2130706433/</c> and <c>http://0x7f.1/</c> into 127.0.0.1.</remarks>
    public string? FindProblem(string url)
    {
        if (IsOff) return "nothing may be called: Egress:Hosts and Egress:Networks are empty";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)) return "not an absolute http or https URL";
        var written = WrittenHost(url);
        if (uri.UserInfo.Length > 0 || written.Contains('@', StringComparison.Ordinal)) return "a URL with a user in it is not called";
        var host = StripPort(written).ToLowerInvariant();
        if ((FindHostProblem(host) ?? FindUnlisted(host)) is { } problem) return problem;
        return uri.IdnHost.Trim('[', ']') == host ? null : $"\"{host}\" is read as \"{uri.IdnHost}\"";
    }

    /// <summary>Why a connection to <paramref name="host"/> must not be made, now that its addresses are known; null when all of them may be used.</summary>
    /// <remarks>One bad address refuses all: who answers with a mixture wants the other one to be taken.</remarks>
    public string? FindProblem(string host, IReadOnlyCollection<IPAddress> addresses)
    {
        if (IsOff) return "nothing may be called: Egress:Hosts and Egress:Networks are empty";
        host = host.Trim('[', ']').ToLowerInvariant();
        if ((FindHostProblem(host) ?? FindUnlisted(host)) is { } problem) return problem;
        if (addresses.Count == 0) return $"\"{host}\" has no address";
        return addresses.Select(address => FindAddressProblem(host, address)).FirstOrDefault(p => p is not null);
    }

    private string? FindAddressProblem(string host, IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return $"\"{host}\" is {address}, an IPv4 address in IPv6 clothes";
        if (address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 }) return $"\"{host}\" is {address}, an address of one link";
        if (SpecialNetworks.Find(address) is not { } special || IsListed(address)) return null;
        return $"\"{host}\" is {address}, which is {special} and in none of Egress:Networks";
    }

    private string? FindUnlisted(string host)
    {
        if (_hosts.Any(listed => listed.StartsWith("*.", StringComparison.Ordinal) ? host.EndsWith(listed[1..], StringComparison.Ordinal) : host == listed)) return null;
        if (IPAddress.TryParse(host, out var address) && IsListed(address)) return null;
        return $"\"{host}\" is none of Egress:Hosts";
    }

    private bool IsListed(IPAddress address) => !address.IsIPv4MappedToIPv6 && _networks.Any(network => network.Contains(address));

    /// <summary>A host is a DNS name or an address in its usual writing. What only looks like a name to us and like an address to a resolver is neither.</summary>
    private static string? FindHostProblem(string host)
    {
        if (host.Length is 0 or > 253) return $"\"{host}\" is no host";
        if (host.Contains(':', StringComparison.Ordinal))
            return IPAddress.TryParse(host, out var six) && six.ToString() == host ? null : $"\"{host}\" is not the usual writing of an IPv6 address";
        var labels = host.Split('.');
        if (labels.Any(label => label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-' || !label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_')))
            return $"\"{host}\" is not a host name of a-z, 0-9, '-' and '_' between dots";
        if (!labels[^1].All(char.IsAsciiDigit) && !labels[^1].StartsWith("0x", StringComparison.Ordinal)) return null;
        var isUsual = labels.Length == 4 && labels.All(label => label is "0" || (label[0] != '0' && label.Length <= 3 && int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 255));
        return isUsual ? null : $"\"{host}\" is not the usual writing of an IPv4 address";
    }

    /// <summary>What stands between "//" and the next "/", "?", "#" or "\".</summary>
    private static string WrittenHost(string url)
    {
        var start = url.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = url.AsSpan(start).IndexOfAny("/?#\\");
        return end < 0 ? url[start..] : url.Substring(start, end);
    }

    private static string StripPort(string host) => host.StartsWith('[') && host.IndexOf(']', StringComparison.Ordinal) is > 0 and var bracket ? host[1..bracket] : host.Split(':')[0];

    private static string[] Split(string? text) => (text ?? "").Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
