using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.Faults.Tests.Network;

/// <summary>Sends back what it hears, and ends when its caller has.</summary>
internal sealed class EchoPeer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly StringBuilder _heard = new();
    private readonly SemaphoreSlim _gone = new(0);

    public EchoPeer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The first bytes of all that it heard, as text.</summary>
    public string Heard
    {
        get
        {
            lock (_heard) return _heard.ToString();
        }
    }

    /// <summary>Returns when so many connections ended.</summary>
    public async Task GoneAsync(int count)
    {
        for (var i = 0; i < count; i++) (await _gone.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeTrue("the peer's end of the connection is over");
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = EchoAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        using var ended = socket;
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and var count)
            {
                lock (_heard)
                    if (_heard.Length < 100) _heard.Append(Encoding.Latin1.GetString(buffer, 0, Math.Min(count, 100)));
                for (var sent = 0; sent < count;) sent += await socket.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (SocketException)
        {
            // Reset by who called.
        }
        finally
        {
            _gone.Release();
        }
    }
}
