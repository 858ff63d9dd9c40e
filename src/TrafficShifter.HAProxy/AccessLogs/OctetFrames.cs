namespace TrafficShifter.HAProxy.AccessLogs;

/// <summary>Cuts a stream of <c>log-proto octet-count</c> (RFC 6587 §3.4.1) into records: the length in decimal, a space, that many bytes, nothing between.</summary>
/// <remarks>
/// Keeps in step across reads and over records of any length; what is too long is skipped, not kept. <c>57 ts1 15451 http 3 shop blue1 200 -- 0 0/0/1 - -</c>
/// is such a record. Where no length is due to be read, the stream is out of step for good: nothing in it tells where a record begins.
/// </remarks>
public sealed class OctetFrames
{
    /// <summary>Longer records are no access log's: HAProxy cuts a line at 1,024 bytes.</summary>
    public const int MaxRecordBytes = 8 * 1024;

    /// <summary>Digits of the longest length that is skipped, 9,999,999; a longer one is taken for a stream out of step.</summary>
    private const int MaxDigits = 7;

    private long _skip;

    /// <summary>Takes the next record out of <paramref name="buffer"/>.</summary>
    /// <param name="taken">How many bytes of the buffer are done with, whatever is returned.</param>
    public FrameResult TryTake(ReadOnlySpan<byte> buffer, out ReadOnlySpan<byte> record, out int taken)
    {
        record = default;
        taken = (int)Math.Min(_skip, buffer.Length);
        _skip -= taken;
        if (_skip > 0 || taken == buffer.Length) return FrameResult.NeedsMore;
        var rest = buffer[taken..];
        var length = 0;
        for (var i = 0; i < rest.Length; i++)
        {
            var c = rest[i];
            if (c == ' ' && i > 0) return Take(rest, i + 1, length, out record, ref taken);
            if (c is < (byte)'0' or > (byte)'9' || i == MaxDigits || (c == '0' && i == 0)) return FrameResult.OutOfStep;
            length = length * 10 + (c - '0');
        }
        return FrameResult.NeedsMore;
    }

    private FrameResult Take(ReadOnlySpan<byte> rest, int start, int length, out ReadOnlySpan<byte> record, scoped ref int taken)
    {
        record = default;
        if (length > MaxRecordBytes)
        {
            _skip = Math.Max(0, length - (rest.Length - start));
            taken += start + Math.Min(length, rest.Length - start);
            return FrameResult.Oversize;
        }
        if (rest.Length - start < length) return FrameResult.NeedsMore;
        record = rest.Slice(start, length);
        taken += start + length;
        return FrameResult.Record;
    }
}

/// <summary>What the next bytes of the stream were.</summary>
public enum FrameResult
{
    Record,

    /// <summary>The record is not complete yet.</summary>
    NeedsMore,

    /// <summary>A record that is too long; its bytes are skipped, and the stream stays in step.</summary>
    Oversize,

    /// <summary>No length where one was due.</summary>
    OutOfStep,
}
