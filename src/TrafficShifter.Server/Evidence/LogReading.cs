using System.Net.Sockets;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Server.Evidence;

/// <summary>Reads one socket of an access log, on a thread of its own that waits in the kernel.</summary>
/// <remarks>
/// A read and a wake-up cost ten times what a record costs, so what has come in a <em>turn</em> is read together; where nothing came for long, the next record is read at once.
/// Nothing here may be awaited: a socket that was awaited once is watched by the runtime for good, which then wakes for each segment, busy or not, and costs 10 µs a record.
/// </remarks>
internal static class LogReading
{
    /// <summary>How long records of a stream may wait to be counted. What does not fit into the socket waits in HAProxy's ring.</summary>
    private static readonly TimeSpan StreamTurn = TimeSpan.FromMilliseconds(20);

    /// <summary>The socket has room for some 500 datagrams where the system has its usual limits, and nothing waits for room.</summary>
    private static readonly TimeSpan DatagramTurn = TimeSpan.FromMilliseconds(4);

    /// <summary>How long nothing may come until it is looked whether the process ends.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>Until the connection ends. False: its stream is out of step and must be closed.</summary>
    /// <exception cref="SocketException">The connection was broken off.</exception>
    public static bool ReadStream(Socket client, NodeEvidence evidence, CancellationToken stoppingToken)
    {
        var (frames, buffer, filled) = (new OctetFrames(), new byte[256 * 1024], 0);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!client.Poll(Quiet, SelectMode.SelectRead)) continue;
            // One read a turn, unless there is more than the buffer holds: what came meanwhile is the next turn's.
            for (var more = true; more;)
            {
                var read = client.Receive(buffer.AsSpan(filled));
                if (read == 0) return true;
                filled += read;
                more = filled == buffer.Length && client.Available > 0;
                var done = evidence.Take(frames, buffer.AsSpan(0, filled));
                if (done < 0) return false;
                filled -= done;
                if (filled > 0) buffer.AsSpan(done, filled).CopyTo(buffer);
            }
            stoppingToken.WaitHandle.WaitOne(StreamTurn);
        }
        return true;
    }

    /// <summary>Until the process ends.</summary>
    /// <exception cref="SocketException">The socket is of no use any more.</exception>
    public static void ReadDatagrams(Socket socket, NodeEvidence evidence, CancellationToken stoppingToken)
    {
        // A Unix socket takes ten datagrams (net.unix.max_dgram_qlen) and refuses the next one: there is no time to wait.
        var turn = socket.AddressFamily == AddressFamily.Unix ? TimeSpan.Zero : DatagramTurn;
        var buffer = new byte[64 * 1024];
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!socket.Poll(Quiet, SelectMode.SelectRead)) continue;
            do evidence.Take(buffer.AsSpan(0, socket.Receive(buffer)));
            while (socket.Available > 0 && !stoppingToken.IsCancellationRequested);
            if (turn > TimeSpan.Zero) stoppingToken.WaitHandle.WaitOne(turn);
        }
    }
}
