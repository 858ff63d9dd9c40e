using System.Net.Sockets;

namespace TrafficShifter.Templates.Tests;

/// <summary>A Unix socket in front of HAProxy's, where something happens at a given connection: the only sure way to be in the middle.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _target;
    private readonly Task _accepting;
    private volatile bool _isDisposed;

    public Relay(string path, string target)
    {
        (Path, _target) = (path, target);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public string Path { get; }

    /// <summary>How many connections there were.</summary>
    public int Count { get; private set; }

    /// <summary>Runs before this connection, counted from 1, reaches HAProxy.</summary>
    public Func<int, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>The connection of whose reply the second half is kept back; 0: none.</summary>
    public int CutShort { get; set; }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                using var client = await _listener.AcceptAsync();
                await PassAsync(client, ++Count);
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                // HAProxy is away, which the client is to find out; or this is disposed of.
                if (_isDisposed) return;
            }
        }
    }

    private async Task PassAsync(Socket client, int number)
    {
        await Before(number);
        using var haproxy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await haproxy.ConnectAsync(new UnixDomainSocketEndPoint(_target));
        var question = new List<byte>();
        for (var buffer = new byte[32 * 1024]; question.Count == 0 || question[^1] != '\n';)
        {
            var count = await client.ReceiveAsync(buffer);
            if (count == 0) return;
            question.AddRange(buffer.AsSpan(0, count));
        }
        await haproxy.SendAsync(question.ToArray());
        var reply = new List<byte>();
        for (var buffer = new byte[32 * 1024]; await haproxy.ReceiveAsync(buffer) is > 0 and var count;) reply.AddRange(buffer.AsSpan(0, count));
        if (number == CutShort) reply.RemoveRange(reply.Count / 2, reply.Count - reply.Count / 2);
        var bytes = reply.ToArray();
        for (var sent = 0; sent < bytes.Length;) sent += await client.SendAsync(bytes.AsMemory(sent));
    }
}
