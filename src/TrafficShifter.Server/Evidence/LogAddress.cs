using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.Server.Evidence;

/// <summary>Where an access log arrives: <c>127.0.0.1:8514</c> (TCP, for a `ring`), <c>udp:127.0.0.1:8514</c>, or <c>unixgram:/run/haproxy/log.sock</c>.</summary>
/// <remarks>Over TCP and UDP whoever reaches the port can send records. Only addresses of this machine are taken: a name would be looked up, and could become another.</remarks>
internal sealed record LogAddress(string Text, EndPoint EndPoint, SocketType Type)
{
    private const string Udp = "udp:";
    private const string Unix = "unixgram:";

    public bool IsStream => Type == SocketType.Stream;

    /// <summary>What is wrong with the text as an address, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text) => TryParse(text, out _) ? null : $"\"{text}\" is no place to listen at: an IP address and a port, like 127.0.0.1:8514, the same with udp: before it, or unixgram: and an absolute path of at most 107 bytes";

    public static bool TryParse(string? text, [NotNullWhen(true)] out LogAddress? address)
    {
        address = null;
        if (string.IsNullOrEmpty(text)) return false;
        if (text.StartsWith(Unix, StringComparison.Ordinal))
        {
            var path = text[Unix.Length..];
            if (path.StartsWith('/') && System.Text.Encoding.UTF8.GetByteCount(path) <= HAProxy.RuntimeApiAddress.MaxPathBytes) address = new LogAddress(text, new UnixDomainSocketEndPoint(path), SocketType.Dgram);
            return address is not null;
        }
        var isUdp = text.StartsWith(Udp, StringComparison.Ordinal);
        var place = isUdp ? text[Udp.Length..] : text;
        var colon = place.LastIndexOf(':');
        // IPEndPoint.TryParse alone would take "8514" for an address.
        if (colon <= 0 || !ushort.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0 || !IPEndPoint.TryParse(place, out var end)) return false;
        address = new LogAddress(text, end, isUdp ? SocketType.Dgram : SocketType.Stream);
        return true;
    }

    public Socket Bind()
    {
        if (EndPoint is UnixDomainSocketEndPoint) File.Delete(Text[Unix.Length..]);
        var socket = EndPoint is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, Type, ProtocolType.Unspecified)
            : new Socket(EndPoint.AddressFamily, Type, IsStream ? ProtocolType.Tcp : ProtocolType.Udp);
        try
        {
            // For a stream no more than some turns' worth: what waits here dies with the process, what waits in HAProxy's ring does not.
            socket.ReceiveBufferSize = IsStream ? 256 * 1024 : 4 * 1024 * 1024;
            socket.Bind(EndPoint);
            if (IsStream) socket.Listen(16);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
