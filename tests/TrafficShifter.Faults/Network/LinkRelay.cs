using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Network;

/// <summary>A port, or a Unix socket, in front of another one, whose weather can be changed at any time.</summary>
internal sealed class LinkRelay : IRelay
{
    private readonly EndPoint _target;
    private readonly int _seed;
    private readonly ConcurrentDictionary<LinkConnection, bool> _open = new();
    private Socket? _listener;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Weather _weather = Weather.Fair;
    private int _connections;

    /// <param name="near">Where it listens; port 0 takes a free one. A Unix socket's file that is there is replaced.</param>
    /// <param name="target">Where it leads.</param>
    /// <param name="seed">Of its loss.</param>
    /// <exception cref="SocketException">The address is taken.</exception>
    public LinkRelay(EndPoint near, EndPoint target, int seed = 1)
    {
        (_target, _seed) = (target, seed);
        Near = Listen(near);
    }

    /// <summary>Where it listens.</summary>
    public EndPoint Near { get; }

    public string Address => Near is IPEndPoint port ? port.ToString() : Near.ToString()!;

    /// <summary>The port that it listens on.</summary>
    /// <exception cref="InvalidCastException">It listens on a Unix socket.</exception>
    public int Port => ((IPEndPoint)Near).Port;

    public Weather Weather => _weather;

    /// <summary>How many connections were made through it, those that it kept silent counted.</summary>
    public int Connections => _connections;

    /// <summary>A relay on a free port of 127.0.0.1 before another port of it.</summary>
    public static LinkRelay Before(int port, int seed = 1) => new(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, port), seed);

    /// <summary>From now on. Returns when it holds for new connections and open ones alike.</summary>
    public void Become(Weather weather)
    {
        lock (_open)
        {
            if (_weather is Weather.Refusing && weather is not Weather.Refusing) Listen(Near);
            _weather = weather;
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            if (weather is Weather.Refusing) Refuse();
            if (weather is Weather.Forgotten) foreach (var connection in _open.Keys) connection.Forget();
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_open)
        {
            Refuse();
            if (Near is UnixDomainSocketEndPoint path) File.Delete(path.ToString());
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Returns when something may pass.</summary>
    internal async Task<Weather.Passing> PassingAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (_weather is Weather.Passing passing) return passing;
            await changed.WaitAsync(cancellationToken);
        }
    }

    private void Refuse()
    {
        _listener?.Dispose();
        _listener = null;
        foreach (var connection in _open.Keys) connection.Reset();
    }

    private EndPoint Listen(EndPoint near)
    {
        var listener = new Socket(near.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        if (near is UnixDomainSocketEndPoint path) File.Delete(path.ToString());
        else listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(near);
        listener.Listen(512);
        _listener = listener;
        _ = AcceptAsync(listener);
        return near is UnixDomainSocketEndPoint ? near : listener.LocalEndPoint!;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptAsync());
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // It listens no more.
        }
    }

    private async Task ServeAsync(Socket near)
    {
        var connection = new LinkConnection(this, near, _seed + (Interlocked.Increment(ref _connections) * 2));
        _open[connection] = true;
        if (_weather is Weather.Refusing) connection.Reset();
        await connection.ServeAsync(_target);
        // Not disposed here: whoever changes the weather may have it in hand.
        _open.TryRemove(connection, out _);
    }
}
