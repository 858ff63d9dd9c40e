namespace TrafficShifter.Server.Evidence;

/// <summary>Compares names as bytes, so that a record's names are looked up where they are, without a string.</summary>
internal sealed class ByteKeys : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly ByteKeys Comparer = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => (int)Hash(obj);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)Hash(alternate);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    /// <summary>The same in every process and version: it also parts servers into halves, and names are kept by it in files. FNV-1a, with its high bits mixed into the low ones.</summary>
    public static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var b in bytes) hash = (hash ^ b) * 1_099_511_628_211UL;
        hash ^= hash >> 32;
        return hash * 0x9E37_79B9_7F4A_7C15UL ^ hash >> 29;
    }
}
