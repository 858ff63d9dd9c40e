using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.Demo.Peers;

/// <summary>Ports on 127.0.0.1 that nothing listens on, each given out once by this process.</summary>
public static class FreePorts
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    public static int Take()
    {
        lock (Gate)
        {
            while (true)
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
                if (Given.Add(port)) return port;
            }
        }
    }
}
