using TrafficShifter.Core.Access;

namespace TrafficShifter.Server.Security;

/// <summary>A session as this replica knows it.</summary>
/// <param name="UsedAt">When it was used here last; the document knows of the others.</param>
/// <param name="IsStored">Other replicas know it too; false: it was opened here while the store was away.</param>
public sealed record KnownSession(SessionDocument Document, DateTimeOffset UsedAt, bool IsStored);

/// <summary>The sessions that this replica knows, by the hash of their secret, and those that it knows to be over: none of them opens again, whatever is read of it later.</summary>
public sealed class KnownSessions
{
    /// <summary>So many are open at once; more are not opened.</summary>
    public const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, KnownSession> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _closing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly Queue<string> _goneInOrder = new();

    public bool HasRoom
    {
        get
        {
            lock (_gate) return _open.Count < Most;
        }
    }

    /// <summary>All that are open, at this moment.</summary>
    public IReadOnlyDictionary<string, KnownSession> Open
    {
        get
        {
            lock (_gate) return new Dictionary<string, KnownSession>(_open, StringComparer.Ordinal);
        }
    }

    public KnownSession? Find(string hash)
    {
        lock (_gate) return _open.GetValueOrDefault(hash);
    }

    /// <summary>Whether it was a session, and is over for good.</summary>
    public bool IsEnded(string hash)
    {
        lock (_gate) return _closing.Contains(hash) || _gone.Contains(hash);
    }

    /// <summary>Takes in what is known of a session now. Of two uses the later one counts; one that is over stays over.</summary>
    /// <returns>False: it is over.</returns>
    public bool TryKeep(string hash, KnownSession session)
    {
        lock (_gate)
        {
            if (_closing.Contains(hash) || _gone.Contains(hash)) return false;
            if (_open.TryGetValue(hash, out var before) && before.UsedAt > session.UsedAt) session = session with { UsedAt = before.UsedAt };
            _open[hash] = session;
            return true;
        }
    }

    /// <summary>Ends a session here; where others know it, until <see cref="Confirm"/> its document is still to be removed.</summary>
    public void End(string hash, bool isStored)
    {
        lock (_gate)
        {
            _open.Remove(hash);
            if (isStored) _closing.Add(hash);
            else Bury(hash);
        }
    }

    /// <summary>The store has it no more.</summary>
    public void Confirm(string hash)
    {
        lock (_gate)
        {
            _open.Remove(hash);
            _closing.Remove(hash);
            Bury(hash);
        }
    }

    /// <summary>What the store has no more needs to be known for as long as something read before is on its way: the last <see cref="Most"/> are plenty.</summary>
    private void Bury(string hash)
    {
        if (!_gone.Add(hash)) return;
        _goneInOrder.Enqueue(hash);
        if (_goneInOrder.Count > Most) _gone.Remove(_goneInOrder.Dequeue());
    }
}
