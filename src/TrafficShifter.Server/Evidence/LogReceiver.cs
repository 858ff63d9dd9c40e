using System.Net.Sockets;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Server.Evidence;

/// <summary>Takes a node's access log from HAProxy and hands it on to be counted. HAProxy connects anew by itself whenever a connection ended.</summary>
/// <remarks>
/// Reads every <see cref="Turn"/> what has come together, not each record as it comes: a system call and a wake-up cost ten times what a record costs. What does not fit
/// waits in HAProxy's ring.
/// </remarks>
internal sealed partial class LogReceiver(NodeEvidence evidence, LogAddress address, TimeProvider time, ILogger<LogReceiver> logger)
{
    /// <summary>How long records may wait to be counted.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Turns without a byte after which the reader sleeps until something comes.</summary>
    private const int QuietTurns = 50;

    /// <summary>HAProxy opens one for each worker, and old workers are few.</summary>
    private const int MaxConnections = 32;

    private int _connections;
    private string? _problem;

    /// <summary>Why nothing can arrive, as a sentence; null when it can: HAProxy is connected, or it is not known with datagrams.</summary>
    public string? Problem => _problem ?? (address.IsStream && Volatile.Read(ref _connections) == 0 ? $"HAProxy is not connected to {address.Text}: has its frontend the log line, and its ring this address?" : null);

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var socket = address.Bind();
                _problem = null;
                LogListening(evidence.Node, address.Text);
                if (address.IsStream) await AcceptAsync(socket, stoppingToken);
                else await ReceiveAsync(socket, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed) when (failed is SocketException or IOException or UnauthorizedAccessException)
            {
                var problem = $"the access log cannot be taken at {address.Text}: {failed.Message}";
                if (_problem != problem) LogFailed(evidence.Node, problem);
                _problem = problem;
                await Task.Delay(Retry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task AcceptAsync(Socket listener, CancellationToken stoppingToken)
    {
        var readers = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(stoppingToken);
                readers.RemoveAll(r => r.IsCompleted);
                if (readers.Count < MaxConnections) readers.Add(ReadAsync(client, stoppingToken));
                else client.Dispose();
            }
        }
        finally
        {
            await Task.WhenAll(readers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One connection, until it ends or its stream is out of step.</summary>
    private async Task ReadAsync(Socket client, CancellationToken stoppingToken)
    {
        using var ended = client;
        Interlocked.Increment(ref _connections);
        evidence.NoteConnection();
        try
        {
            using var timer = new PeriodicTimer(Turn, time);
            var (frames, buffer, filled) = (new OctetFrames(), new byte[256 * 1024], 0);
            while (true)
            {
                if (!await WaitAsync(client, timer, stoppingToken)) return;
                // One read a turn, unless there is more than the buffer holds: what came meanwhile is the next turn's.
                for (var more = true; more;)
                {
                    filled += client.Receive(buffer.AsSpan(filled));
                    more = filled == buffer.Length && client.Available > 0;
                    var done = evidence.Take(frames, buffer.AsSpan(0, filled));
                    if (done < 0)
                    {
                        LogOutOfStep(evidence.Node, address.Text);
                        return;
                    }
                    filled -= done;
                    if (filled > 0) buffer.AsSpan(done, filled).CopyTo(buffer);
                }
            }
        }
        catch (Exception over) when (over is SocketException or OperationCanceledException)
        {
            // HAProxy was reloaded or killed, or this process ends; a connection of a new worker is another one.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    /// <summary>Returns when there is something to read. False: the connection has ended.</summary>
    private static async ValueTask<bool> WaitAsync(Socket client, PeriodicTimer timer, CancellationToken stoppingToken)
    {
        for (var quiet = 0; quiet < QuietTurns; quiet++)
        {
            await timer.WaitForNextTickAsync(stoppingToken);
            if (client.Available > 0) return true;
            // Readable without a byte: the other side has closed.
            if (client.Poll(0, SelectMode.SelectRead) && client.Available == 0) return false;
        }
        await client.ReceiveAsync(Memory<byte>.Empty, stoppingToken);
        return true;
    }

    private async Task ReceiveAsync(Socket socket, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Turn, time);
        var buffer = new byte[64 * 1024];
        while (await timer.WaitForNextTickAsync(stoppingToken))
            while (socket.Available > 0) evidence.Take(buffer.AsSpan(0, socket.Receive(buffer)));
    }

    [LoggerMessage(EventId = 230, Level = LogLevel.Information, Message = "{Node}: the access log is taken at {Address}")]
    private partial void LogListening(string node, string address);

    [LoggerMessage(EventId = 231, Level = LogLevel.Error, Message = "{Node}: {Problem}")]
    private partial void LogFailed(string node, string problem);

    [LoggerMessage(EventId = 232, Level = LogLevel.Warning, Message = "{Node}: a connection to {Address} was closed: what it sent is no access log in the form of a ring with log-proto octet-count")]
    private partial void LogOutOfStep(string node, string address);
}
