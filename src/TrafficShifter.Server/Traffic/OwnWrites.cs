using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Traffic;

/// <summary>Keys that this process wrote and followed at once, and when: what was read of them before is older than what is known.</summary>
internal sealed class OwnWrites
{
    private readonly Dictionary<string, ulong> _written = new(StringComparer.Ordinal);

    public bool IsEmpty => _written.Count == 0;

    public void Note(IEnumerable<string> keys, ulong index)
    {
        foreach (var key in keys) _written[key] = index;
    }

    /// <summary>It was read, or was not there, before this process wrote it: the feed was listed at <paramref name="asOf"/>, and tells of the write the next time.</summary>
    public bool IsOutdated(string key, Entry? read, ulong asOf) => _written.TryGetValue(key, out var written) && written > asOf && (read?.ModifyIndex ?? 0) < written;

    /// <summary>Drops what a listing at <paramref name="asOf"/> has told of.</summary>
    public void ForgetUpTo(ulong asOf)
    {
        foreach (var (key, _) in _written.Where(w => w.Value <= asOf).ToList()) _written.Remove(key);
    }

    /// <summary>It may be another store that is read now, which counts anew.</summary>
    public void Clear() => _written.Clear();
}
