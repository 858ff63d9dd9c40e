using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.Testing.LoadBalancers;

/// <summary>How a <see cref="FakeRuntimeApi"/> behaves.</summary>
public enum RuntimeApiMood
{
    /// <summary>Answers as HAProxy does.</summary>
    Truthful,

    /// <summary>Accepts connections and says nothing.</summary>
    Hang,

    /// <summary>Writes half of a reply and closes.</summary>
    CutInHalf,

    /// <summary>Writes what no HAProxy would, and closes.</summary>
    Garbage,

    /// <summary>Answers <c>show info</c> with something else, in the right frame.</summary>
    Nonsense,

    /// <summary>Is at level `user`: refuses to set anything.</summary>
    UserLevel,

    /// <summary>Never stops writing.</summary>
    Flood,
}

/// <summary>A Runtime API in this process, which can also behave as badly as a real one never does on request.</summary>
/// <remarks>Held to the same contract suite as a real HAProxy.</remarks>
public sealed class FakeRuntimeApi : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("runtime-api-").FullName;
    private readonly CancellationTokenSource _end = new();
    private readonly bool _tcp;
    private readonly string _path;
    private Socket? _listener;
    private Socket? _stale;
    private Task _accepting = Task.CompletedTask;

    private FakeRuntimeApi(SimulatedHAProxy haproxy, bool tcp)
    {
        HAProxy = haproxy;
        _tcp = tcp;
        _path = Path.Combine(_directory, "admin.sock");
    }

    public SimulatedHAProxy HAProxy { get; }

    public RuntimeApiMood Mood { get; set; }

    /// <summary>Lines that were received, oldest first: what was sent together is in one.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>Path of the Unix socket, or host:port.</summary>
    public string Address { get; private set; } = "";

    public static FakeRuntimeApi Start(SimulatedHAProxy? haproxy = null, bool tcp = false)
    {
        var api = new FakeRuntimeApi(haproxy ?? new SimulatedHAProxy(), tcp);
        api.Listen();
        return api;
    }

    /// <summary>Stops listening. On a Unix socket the file stays, as it does after a kill -9, and refuses.</summary>
    public async Task RefuseAsync()
    {
        if (_stale is not null) return;
        _listener!.Dispose();
        await _accepting;
        // .NET takes the file away with the listener: one that is bound and does not listen puts it back.
        _stale = Bind();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await RefuseAsync();
        _stale!.Dispose();
        Directory.Delete(_directory, recursive: true);
        _end.Dispose();
    }

    private void Listen()
    {
        _listener = Bind();
        Address = _tcp ? _listener.LocalEndPoint!.ToString()! : _path;
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
    }

    private Socket Bind()
    {
        var socket = _tcp
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(_tcp ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(_path));
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptAsync(_end.Token));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was told to stop.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var session = new RuntimeApiSession(HAProxy, () => Mood);
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                Lines.Enqueue(line);
                if (Mood == RuntimeApiMood.Hang) await Task.Delay(Timeout.Infinite, _end.Token);
                if (Mood == RuntimeApiMood.Flood) await FloodAsync(stream);
                var reply = session.Answer(line);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(reply), _end.Token);
                if (session.Ended) return;
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // The client went away, or the test is over.
        }
    }

    private async Task FloodAsync(NetworkStream stream)
    {
        var line = Encoding.UTF8.GetBytes(new string('x', 4095) + '\n');
        while (true) await stream.WriteAsync(line, _end.Token);
    }
}
