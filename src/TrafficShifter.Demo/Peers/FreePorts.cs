using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.Demo.Peers;

/// <summary>Ports on 127.0.0.1 that nothing listens on, each given out once by this process.</summary>
/// <remarks>Below those that the kernel gives to outgoing connections: under load, one of them would be taken before its server has started.</remarks>
public static class FreePorts
{
    private const int First = 20_000;
    private const int End = 32_000;
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];
    private static int _next = Random.Shared.Next(First, End);

    public static int Take()
    {
        lock (Gate)
        {
            for (var tried = First; tried < End; tried++)
            {
                _next = _next + 1 < End ? _next + 1 : First;
                if (IsFree(_next) && Given.Add(_next)) return _next;
            }
        }
        throw new InvalidOperationException($"no port of 127.0.0.1 from {First} to {End - 1} is free");
    }

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
