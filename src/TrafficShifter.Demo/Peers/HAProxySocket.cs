using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.Demo.Peers;

/// <summary>Asks a HAProxy one line on a Unix socket as people do with socat: no code of the product is in between.</summary>
public static class HAProxySocket
{
    /// <exception cref="SocketException">Nothing listens there, or it went away.</exception>
    public static async Task<string> AskAsync(string path, string line, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
        // The master socket answers and stays open until its peer has said that it will say no more.
        socket.Shutdown(SocketShutdown.Send);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
