using System.Buffers;
using System.Text;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>The bytes of a reply while it is read and parsed, in an array of the pool that grows with it.</summary>
internal sealed class PooledReply(int maxBytes) : IDisposable
{
    private const int First = 16 * 1024;
    private byte[] _array = ArrayPool<byte>.Shared.Rent(Math.Min(First, maxBytes + 1));
    private int _length;

    /// <summary>There was more than the limit; what was read of it is of no use.</summary>
    public bool IsOverLimit => _length > maxBytes;

    public ReadOnlyMemory<byte> Bytes => _array.AsMemory(0, _length);

    /// <summary>Where the next bytes go; never empty, and never more than the limit and one byte in all.</summary>
    public Memory<byte> Free()
    {
        if (_length == _array.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * _array.Length, maxBytes + 1L));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_array);
            _array = larger;
        }
        return _array.AsMemory(_length, Math.Min(_array.Length, maxBytes + 1) - _length);
    }

    public void Advance(int read) => _length += read;

    public override string ToString() => Encoding.UTF8.GetString(Bytes.Span);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_array);
}
