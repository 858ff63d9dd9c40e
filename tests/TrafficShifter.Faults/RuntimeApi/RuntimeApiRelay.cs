using System.Collections.Concurrent;
using System.Net.Sockets;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.RuntimeApi;

/// <summary>A Unix socket before a HAProxy's own, which understands enough of the Runtime API to be unkind about it.</summary>
internal sealed class RuntimeApiRelay : IRelay
{
    private const int BufferBytes = 64 * 1024;
    private readonly string _target;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly Task _accepting;
    private readonly int _seed;
    private volatile Manners _manners = Manners.Right;
    private int _connections;

    /// <param name="target">Path of HAProxy's socket.</param>
    /// <param name="path">Where it listens; must not exist.</param>
    /// <param name="seed">Of what is garbage and which other command is answered.</param>
    public RuntimeApiRelay(string target, string path, int seed = 1)
    {
        (_target, Address, _seed) = (target, path, seed);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(128);
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    public Manners Manners => _manners;

    /// <summary>How many connections were made since it is so.</summary>
    public int Connections => _connections;

    /// <summary>For the connections that come. Those that are open are broken, as by a peer that starts anew.</summary>
    public void Become(Manners manners)
    {
        _manners = manners;
        _connections = 0;
        foreach (var socket in _open.Keys) socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var socket in _open.Keys) socket.Dispose();
        await _accepting;
        File.Delete(Address);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync(), _manners, new Random(_seed + Interlocked.Increment(ref _connections)));
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // It was told to stop.
        }
    }

    private async Task ServeAsync(Socket near, Manners manners, Random random)
    {
        using var far = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _open[near] = _open[far] = true;
        try
        {
            if (manners != Manners.Hangs) await far.ConnectAsync(new UnixDomainSocketEndPoint(_target));
            var unkindness = new Unkindness(manners, random);
            if (manners == Manners.Hangs) await SwallowAsync(near);
            else await Task.WhenAll(AskAsync(near, far, unkindness), AnswerAsync(far, near, unkindness));
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // One of both ends is gone: so is the other.
        }
        finally
        {
            _open.TryRemove(near, out _);
            _open.TryRemove(far, out _);
            near.Dispose();
        }
    }

    private static async Task SwallowAsync(Socket near)
    {
        var buffer = new byte[BufferBytes];
        while (await near.ReceiveAsync(buffer) > 0) { }
    }

    /// <summary>HAProxy closes when nothing more is asked and all is answered.</summary>
    private static async Task AskAsync(Socket near, Socket far, Unkindness unkindness)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await near.ReceiveAsync(buffer) is > 0 and var count) await SendAsync(far, unkindness.Ask(buffer[..count]));
        }
        finally
        {
            far.Shutdown(SocketShutdown.Send);
        }
    }

    private static async Task AnswerAsync(Socket far, Socket near, Unkindness unkindness)
    {
        var buffer = new byte[BufferBytes];
        while (!unkindness.IsOver && await far.ReceiveAsync(buffer) is > 0 and var count) await SendAsync(near, unkindness.Answer(buffer[..count]));
        near.Shutdown(SocketShutdown.Both);
    }

    private static async Task SendAsync(Socket to, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;) sent += await to.SendAsync(bytes.AsMemory(sent));
    }
}
