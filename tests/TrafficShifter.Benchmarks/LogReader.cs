using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.Benchmarks;

/// <summary>Reads HAProxy's log ring over TCP and counts its records: <c>43 200 -- 0/0/0/0/0 web_blue r.1000.web.shop 17</c>, the length first, no newline.</summary>
internal sealed class LogReader : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _clients = [];
    private long _records;
    private Task _accepting = Task.CompletedTask;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public long Records => Interlocked.Read(ref _records);

    public static LogReader Start()
    {
        var reader = new LogReader();
        reader._listener.Start();
        reader._accepting = reader.AcceptAsync();
        return reader;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_clients);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _clients.Add(CountAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The bench is over.
        }
    }

    private async Task CountAsync(TcpClient client)
    {
        using var _ = client;
        var buffer = new byte[256 * 1024];
        try
        {
            var (length, rest) = (0, 0);
            while (await client.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var count)
                for (var at = 0; at < count;)
                {
                    var skipped = Math.Min(rest, count - at);
                    at += skipped;
                    rest -= skipped;
                    for (; rest == 0 && at < count; at++)
                    {
                        if (buffer[at] != ' ')
                        {
                            length = length * 10 + buffer[at] - '0';
                            continue;
                        }
                        (rest, length) = (length, 0);
                        Interlocked.Increment(ref _records);
                    }
                }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // The bench is over, or HAProxy is.
        }
    }
}
