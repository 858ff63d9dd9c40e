using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.Demo.Peers;

/// <summary>Asks a HAProxy one line on a Unix socket as people do with socat: no code of the product is in between.</summary>
public static class HAProxySocket
{
    /// <param name="isMaster">The master's socket stays open until its peer has said that it will say no more; a worker's loses replies if it does.</param>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    public static async Task<string> AskAsync(string path, string line, bool isMaster, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
        if (isMaster) EndWriting(socket);
        var (reply, buffer) = (new StringBuilder(), new byte[64 * 1024]);
        while (await ReceiveAsync(socket, buffer, cancellationToken) is > 0 and var count) reply.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return reply.ToString();
    }

    private static void EndWriting(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException gone) when (gone.SocketErrorCode == SocketError.NotConnected)
        {
            // A master that reloads starts itself anew at once and drops the connection.
        }
    }

    private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, cancellationToken);
        }
        catch (SocketException gone) when (gone.SocketErrorCode is SocketError.NotConnected or SocketError.ConnectionReset)
        {
            return 0;
        }
    }
}
