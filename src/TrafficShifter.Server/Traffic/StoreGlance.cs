using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Traffic;

/// <summary>What several workers look at every second, though there is hardly ever anything: read together, in one request.</summary>
/// <remarks>
/// 1. A reading is shared by all who ask within 0.9 s of its beginning: a worker that looks once a second sees in its next turn what it wrote in this one.
/// 2. The feed named one of the keys, or may have passed over some: whoever asks next reads anew.
/// 3. Now and then, and at first, a prefix is read by itself: a right that is missing is refused aloud there alone.
/// </remarks>
public sealed class StoreGlance
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan AloudInterval = TimeSpan.FromSeconds(60);
    private readonly ITrafficStore _store;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _aloud = new(StringComparer.Ordinal);
    private Reading? _last;

    public StoreGlance(ITrafficStore store, TrafficFollower follower, TimeProvider time)
    {
        (_store, _time) = (store, time);
        follower.Overhear(Hear);
    }

    private sealed record Reading(long BeganAt, IReadOnlyCollection<string> Prefixes, Task<IReadOnlyList<Entry>> Entries);

    /// <summary>What is below <paramref name="prefix"/>, as it was at most 0.9 s ago.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyList<Entry>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        if (TryTakeAloud(prefix)) return await ReadAloudAsync(prefix, cancellationToken);
        return [.. (await Read(prefix).WaitAsync(cancellationToken)).Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))];
    }

    private bool TryTakeAloud(string prefix)
    {
        lock (_gate)
        {
            if (_aloud.TryGetValue(prefix, out var last) && _time.GetElapsedTime(last) < AloudInterval) return false;
            _aloud[prefix] = _time.GetTimestamp();
            return true;
        }
    }

    private async Task<IReadOnlyList<Entry>> ReadAloudAsync(string prefix, CancellationToken cancellationToken)
    {
        try
        {
            return (await _store.ListAsync(prefix, cancellationToken)).Entries;
        }
        catch
        {
            // What is refused is asked for in the same way the next time.
            lock (_gate) _aloud.Remove(prefix);
            throw;
        }
    }

    private Task<IReadOnlyList<Entry>> Read(string prefix)
    {
        lock (_gate)
        {
            if (_last is { Entries: { IsFaulted: false, IsCanceled: false } entries } last && _time.GetElapsedTime(last.BeganAt) < Fresh && last.Prefixes.Contains(prefix)) return entries;
            // Of nobody in particular: who waits for it may leave.
            _last = new Reading(_time.GetTimestamp(), [.. _aloud.Keys], _store.ListAllAsync([.. _aloud.Keys], CancellationToken.None));
            return _last.Entries;
        }
    }

    private void Hear(IReadOnlyCollection<string>? keys)
    {
        lock (_gate)
        {
            if (keys is null || keys.Any(key => _aloud.Keys.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)))) _last = null;
        }
    }
}
