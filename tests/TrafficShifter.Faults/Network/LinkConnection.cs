using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace TrafficShifter.Faults.Network;

/// <summary>One connection through a <see cref="LinkRelay"/>: two streams, each in its order, each piece when its delay is over.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Whoever changes the weather may have it in hand after its end; its sockets are closed then, and its tokens have no timers.")]
internal sealed class LinkConnection(LinkRelay relay, Socket near, int seed)
{
    private const int PieceBytes = 64 * 1024;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _broken = new();
    private volatile Socket? _far;
    private volatile bool _isForgotten;

    /// <summary>Both ends are told that it broke.</summary>
    public void Reset()
    {
        _ended.Cancel();
        _broken.Cancel();
        Break(near);
        Break(_far);
    }

    /// <summary>The far end is told that it is over; the near one is told nothing.</summary>
    public void Forget()
    {
        _isForgotten = true;
        _broken.Cancel();
        Break(_far);
    }

    /// <summary>Returns when the near end's connection is gone. What breaks is no error: it is what the relay is for.</summary>
    public async Task ServeAsync(EndPoint target)
    {
        try
        {
            await relay.PassingAsync(_ended.Token);
            var far = _far = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            await far.ConnectAsync(target, _ended.Token);
            await Task.WhenAll(StreamAsync(near, far, seed), StreamAsync(far, near, seed + 1));
            near.Dispose();
            far.Dispose();
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            if (_isForgotten) await BeSilentAsync();
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>The near end's half of a connection that the far end forgot: what is written to it, once something may pass again, is answered by a reset.</summary>
    private async Task BeSilentAsync()
    {
        try
        {
            var buffer = new byte[PieceBytes];
            await near.ReceiveAsync(buffer, _ended.Token);
            await relay.PassingAsync(_ended.Token);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The near end left by itself.
        }
    }

    /// <summary>Reads as fast as it can, so that a delay does not make the stream slower than the network would.</summary>
    private async Task StreamAsync(Socket from, Socket to, int seed)
    {
        var pieces = Channel.CreateBounded<Piece>(256);
        var writing = WriteAsync(pieces.Reader, to);
        try
        {
            await ReadAsync(from, pieces.Writer, new SegmentDelays(seed));
            pieces.Writer.Complete();
            await writing;
        }
        finally
        {
            // Where one direction is broken the other one is too.
            if (!writing.IsCompletedSuccessfully) await _broken.CancelAsync();
        }
    }

    private async Task ReadAsync(Socket from, ChannelWriter<Piece> pieces, SegmentDelays delays)
    {
        var buffer = new byte[PieceBytes];
        while (true)
        {
            var count = await from.ReceiveAsync(buffer, _broken.Token);
            var passing = await relay.PassingAsync(_broken.Token);
            var due = Stopwatch.GetTimestamp() + (long)(delays.Next(count, passing).TotalSeconds * Stopwatch.Frequency);
            await pieces.WriteAsync(new Piece(buffer[..count], due), _broken.Token);
            if (count == 0) return;
        }
    }

    private async Task WriteAsync(ChannelReader<Piece> pieces, Socket to)
    {
        await foreach (var piece in pieces.ReadAllAsync(_broken.Token))
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), piece.Due);
            if (left > TimeSpan.Zero) await Task.Delay(left, _broken.Token);
            await relay.PassingAsync(_broken.Token);
            if (piece.Bytes.Length == 0) to.Shutdown(SocketShutdown.Send);
            for (var sent = 0; sent < piece.Bytes.Length;) sent += await to.SendAsync(piece.Bytes.AsMemory(sent), _broken.Token);
        }
    }

    private static void Break(Socket? socket)
    {
        if (socket is null) return;
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }
        socket.Dispose();
    }

    /// <param name="Bytes">Empty: the sender will send no more.</param>
    private readonly record struct Piece(byte[] Bytes, long Due);
}
