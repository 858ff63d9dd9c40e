using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.HAProxy;

/// <summary>Takes one line of a reply, without its newline; it stands only while it is taken.</summary>
internal delegate void LineTaker(ReadOnlySpan<byte> line);

/// <summary>Cuts what HAProxy writes in prompt mode into replies.</summary>
/// <remarks>
/// A reply ends where a line begins with the prompt <c>"&gt; "</c>. Empty lines are no sign: some replies end with one newline, others with two, as here
/// (<c>set server shop/blue1 weight 5</c>, <c>… weight 300</c> and <c>… weight abc</c>, a line each):
/// <code>
///
/// > Absolute weight can only be between 0 and 256 inclusive.
///
/// > Empty weight string empty or preceded by garbage
/// >
/// </code>
/// </remarks>
internal sealed class ReplyReader(Socket socket, int maxBytes)
{
    private static readonly TimeSpan PatienceNow = TimeSpan.FromMilliseconds(2);

    private static ReadOnlySpan<byte> Prompt => "\n> "u8;

    private byte[] _buffer = new byte[16 * 1024];
    private int _length;

    /// <summary>How many replies of the present chunk are complete.</summary>
    public int Completed { get; private set; }

    /// <summary>The beginning of what came after the last complete reply.</summary>
    public string Tail => Encoding.UTF8.GetString(_buffer.AsSpan(0, Math.Min(_length, 400)));

    /// <exception cref="EndOfStreamException">HAProxy closed before the last reply was complete.</exception>
    /// <exception cref="InvalidDataException">The replies are larger than allowed.</exception>
    public async Task<IReadOnlyList<string>> ReadAsync(int count, CancellationToken cancellationToken)
    {
        Completed = 0;
        var replies = new List<string>(count);
        var (received, searched) = (_length, 0);
        while (true)
        {
            searched = TakeComplete(replies, count, searched);
            if (replies.Count == count) return replies;
            if (received >= maxBytes) throw new InvalidDataException();
            if (_length == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            var read = await ReceiveAsync(cancellationToken);
            if (read == 0) throw new EndOfStreamException();
            _length += read;
            received += read;
        }
    }

    /// <summary>Reads one reply line by line, whatever its size: only what is not a line yet is held.</summary>
    /// <exception cref="EndOfStreamException">HAProxy closed before the reply was complete.</exception>
    /// <exception cref="InvalidDataException">The reply is larger than allowed.</exception>
    public async Task ReadLinesAsync(LineTaker take, CancellationToken cancellationToken)
    {
        Completed = 0;
        var received = _length;
        while (!TakeLines(take))
        {
            if (received >= maxBytes) throw new InvalidDataException();
            if (_length == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            var read = await ReceiveAsync(cancellationToken);
            if (read == 0) throw new EndOfStreamException();
            _length += read;
            received += read;
        }
    }

    /// <summary>On a Unix socket most answers come within microseconds, in several parts: each is waited for on this thread, which costs a fifth of the way by the thread pool. What takes longer is awaited.</summary>
    private async ValueTask<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return socket.AddressFamily == AddressFamily.Unix && socket.Poll(PatienceNow, SelectMode.SelectRead)
            ? socket.Receive(_buffer.AsSpan(_length))
            : await socket.ReceiveAsync(_buffer.AsMemory(_length), cancellationToken);
    }

    /// <summary>Hands over complete lines; true when the prompt that ends the reply was met.</summary>
    private bool TakeLines(LineTaker take)
    {
        var (start, ended) = (0, false);
        while (!ended)
        {
            var rest = _buffer.AsSpan(start, _length - start);
            ended = rest.StartsWith(Prompt[1..]);
            var end = ended ? Prompt.Length - 2 : rest.IndexOf((byte)'\n');
            if (end < 0) break;
            if (!ended && end > 0) take(rest[..end]);
            start += end + 1;
        }
        if (ended) Completed++;
        _buffer.AsSpan(start, _length - start).CopyTo(_buffer);
        _length -= start;
        return ended;
    }

    /// <summary>Moves complete replies to <paramref name="replies"/> and returns where the search goes on.</summary>
    private int TakeComplete(List<string> replies, int count, int searched)
    {
        var start = 0;
        while (replies.Count < count)
        {
            var from = Math.Max(start, searched);
            var found = _buffer.AsSpan(from, _length - from).IndexOf(Prompt);
            if (found < 0) break;
            replies.Add(Encoding.UTF8.GetString(_buffer.AsSpan(start, from + found - start)).TrimEnd('\n'));
            start = from + found + Prompt.Length;
            Completed++;
        }
        _buffer.AsSpan(start, _length - start).CopyTo(_buffer);
        _length -= start;
        // The prompt may have been cut in two by the network.
        return Math.Max(0, _length - Prompt.Length + 1);
    }
}
