using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Evidence;

/// <summary>Finds backends whose requests are logged in part only: users arrive at several frontends, and not each of them has the log line.</summary>
/// <remarks>HAProxy counts a request of a backend when it has ended, as it writes its record then. A turn in which at least half of them have one clears the backend.</remarks>
/// <param name="leastRequests">Requests that must have ended before a backend is suspected.</param>
/// <param name="leastTurns">Turns in a row that they must have gone on for.</param>
internal sealed class UnloggedRequests(long leastRequests, int leastTurns)
{
    private readonly Dictionary<ProxyName, Shortfall> _short = [];
    private IReadOnlyDictionary<ProxyName, long> _records = new Dictionary<ProxyName, long>();

    /// <summary>Takes what was counted in one turn.</summary>
    /// <param name="before">The counts of the turn before; null where HAProxy began anew since.</param>
    /// <param name="records">Records of each backend, read after the counts.</param>
    public void Turn(TrafficCounts counts, TrafficCounts? before, IReadOnlyDictionary<ProxyName, long> records)
    {
        if (before is null) _short.Clear();
        foreach (var gone in _short.Keys.Where(b => !counts.Backends.ContainsKey(b)).ToList()) _short.Remove(gone);
        foreach (var (backend, count) in counts.Backends)
            if (before is not null && before.Backends.TryGetValue(backend, out var then) && records.TryGetValue(backend, out var now) && _records.TryGetValue(backend, out var earlier))
                Note(backend, Math.Max(0, count.Requests - then.Requests), Math.Max(0, now - earlier));
        _records = records;
    }

    /// <summary>The backend that lacks the most records; null when there is none.</summary>
    public (ProxyName Backend, long Requests, long Records)? Find()
    {
        var found = _short.Where(s => s.Value.Turns >= leastTurns && s.Value.Requests >= leastRequests).ToList();
        if (found.Count == 0) return null;
        var (backend, most) = found.MaxBy(s => s.Value.Requests - s.Value.Records);
        return (backend, most.Requests, most.Records);
    }

    private void Note(ProxyName backend, long requests, long records)
    {
        if (requests == 0 && records == 0) return;
        if (2 * records >= requests)
        {
            _short.Remove(backend);
            return;
        }
        var known = _short.GetValueOrDefault(backend);
        _short[backend] = new Shortfall(known.Requests + requests, known.Records + records, known.Turns + 1);
    }

    private readonly record struct Shortfall(long Requests, long Records, int Turns);
}
