using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.HAProxy;

/// <summary>Where a HAProxy's Runtime API listens: an absolute path of a Unix socket, or host:port.</summary>
/// <remarks>HAProxy's TCP stats socket knows no password: whoever reaches it can change every weight. Prefer the Unix socket.</remarks>
public sealed record RuntimeApiAddress : IParsable<RuntimeApiAddress>
{
    /// <summary>The kernel's limit for the path of a Unix socket: 107 bytes and a final zero.</summary>
    public const int MaxPathBytes = 107;

    private RuntimeApiAddress(string text, EndPoint endPoint) => (Text, EndPoint) = (text, endPoint);

    /// <summary>As it was given.</summary>
    public string Text { get; }

    internal EndPoint EndPoint { get; }

    internal Socket CreateSocket() => EndPoint switch
    {
        UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        _ => new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
    };

    /// <summary>What is wrong with <paramref name="text"/> as an address, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "a Runtime API address is not empty";
        if (text.AsSpan().ContainsAnyInRange('\0', ' ')) return $"\"{text}\" is not a Runtime API address: it holds a space or control character";
        if (text[0] == '/')
        {
            var bytes = Encoding.UTF8.GetByteCount(text);
            return bytes <= MaxPathBytes ? null : $"the path of a Unix socket has at most {MaxPathBytes} bytes, this one has {bytes}: \"{text}\"";
        }
        return FindTcp(text) is null ? $"\"{text}\" is neither the absolute path of a Unix socket nor host:port" : null;
    }

    /// <exception cref="FormatException">The text is not an address; the message says why.</exception>
    public static RuntimeApiAddress Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var address) ? address : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out RuntimeApiAddress result)
    {
        result = FindProblem(s) is null ? new RuntimeApiAddress(s!, s![0] == '/' ? new UnixDomainSocketEndPoint(s) : FindTcp(s)!) : null;
        return result is not null;
    }

    public bool Equals(RuntimeApiAddress? other) => Text == other?.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    private static EndPoint? FindTcp(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return null;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return null;
        if (IPAddress.TryParse(host, out var address)) return new IPEndPoint(address, port);
        return Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port) : null;
    }
}
