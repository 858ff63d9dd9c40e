using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>An IPv4 or IPv6 network in its one canonical writing: <c>10.1.0.0/16</c>, <c>2001:db8::/32</c>, a single address as <c>/32</c> or <c>/128</c>.</summary>
[JsonConverter(typeof(ParsableJsonConverter<Network>))]
public sealed record Network : IParsable<Network>
{
    private readonly IPNetwork _network;

    private readonly byte[] _first;

    private Network(IPNetwork network) => (_network, _first) = (network, network.BaseAddress.GetAddressBytes());

    public bool Equals(Network? other) => other is not null && _network == other._network;

    public override int GetHashCode() => _network.GetHashCode();

    public int PrefixLength => _network.PrefixLength;

    /// <summary>Whether every address of <paramref name="other"/> is in this network, itself included.</summary>
    public bool Contains(Network other) => PrefixLength <= other.PrefixLength && _network.Contains(other._network.BaseAddress);

    /// <summary>The order in which every network comes right before all those that are in it.</summary>
    public static Comparer<Network> WidestFirst { get; } = Comparer<Network>.Create((a, b) =>
        a._first.Length != b._first.Length ? a._first.Length - b._first.Length
        : a._first.AsSpan().SequenceCompareTo(b._first) is var order and not 0 ? order
        : a.PrefixLength - b.PrefixLength);

    public bool Overlaps(Network other) => Contains(other) || other.Contains(this);

    /// <summary>What is wrong with <paramref name="text"/> as a network, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "a network is not empty";
        if (text.Length > 43) return "a network has at most 43 characters";
        if (!text.Contains('/', StringComparison.Ordinal)) return $"\"{text}\" has no prefix length: a single address is written with /32 or /128";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(text.AsSpan(0, slash), out var address) || !int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out var prefix))
            return $"\"{text}\" is not a network like 10.1.0.0/16 or 2001:db8::/32";
        if (address.IsIPv4MappedToIPv6) return $"\"{text}\" is an IPv4 network: write it as one";
        if (prefix > (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)) return $"\"{text}\" has a prefix length that is too long";
        // Bits behind the prefix are cut off here, so that the two texts differ.
        if (!IPNetwork.TryParse(text, out var network)) return $"\"{text}\" is not a network like 10.1.0.0/16 or 2001:db8::/32";
        return network.ToString() == text ? null : $"\"{text}\" is written as {network}";
    }

    /// <exception cref="FormatException">The text is not a network; the message says why.</exception>
    public static Network Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var network) ? network : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out Network result)
    {
        result = FindProblem(s) is null ? new Network(IPNetwork.Parse(s!)) : null;
        return result is not null;
    }

    public override string ToString() => _network.ToString();
}
