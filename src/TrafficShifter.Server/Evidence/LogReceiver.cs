using System.Net.Sockets;

namespace TrafficShifter.Server.Evidence;

/// <summary>Takes a node's access log from HAProxy and hands it on to be counted. HAProxy connects anew by itself whenever a connection ended.</summary>
internal sealed partial class LogReceiver(NodeEvidence evidence, LogAddress address, TimeProvider time, ILogger<LogReceiver> logger)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

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
                else await OnThread(() => LogReading.ReadDatagrams(socket, evidence, stoppingToken));
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
                if (readers.Count < MaxConnections) readers.Add(OnThread(() => Read(client, stoppingToken)));
                else client.Dispose();
            }
        }
        finally
        {
            await Task.WhenAll(readers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One connection, until it ends or its stream is out of step.</summary>
    private void Read(Socket client, CancellationToken stoppingToken)
    {
        using var ended = client;
        Interlocked.Increment(ref _connections);
        evidence.NoteConnection();
        try
        {
            if (!LogReading.ReadStream(client, evidence, stoppingToken)) LogOutOfStep(evidence.Node, address.Text);
        }
        catch (SocketException)
        {
            // HAProxy was reloaded or killed; a connection of a new worker is another one.
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    private static Task OnThread(Action read) => Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [LoggerMessage(EventId = 230, Level = LogLevel.Information, Message = "{Node}: the access log is taken at {Address}")]
    private partial void LogListening(string node, string address);

    [LoggerMessage(EventId = 231, Level = LogLevel.Error, Message = "{Node}: {Problem}")]
    private partial void LogFailed(string node, string problem);

    [LoggerMessage(EventId = 232, Level = LogLevel.Warning, Message = "{Node}: a connection to {Address} was closed: what it sent is no access log in the form of a ring with log-proto octet-count")]
    private partial void LogOutOfStep(string node, string address);
}
