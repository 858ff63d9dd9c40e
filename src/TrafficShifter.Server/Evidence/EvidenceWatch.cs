using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Evidence;

/// <summary>Holds a node's evidence against what its HAProxy counted itself, once a second.</summary>
internal sealed class EvidenceWatch(NodeEvidence evidence, ILoadBalancer haproxy)
{
    /// <summary>Requests that HAProxy may have been given since the last record came, before the node is said to receive nothing; and turns that this must have lasted.</summary>
    private const int SilentRequests = 20;
    private const int SilentTurns = 5;

    private readonly UnloggedRequests _unlogged = new(SilentRequests, SilentTurns);
    private TrafficCounts? _last;
    private long _received;
    private long _unseen;
    private int _turns;

    /// <summary>Why the node's evidence is not whole at the moment, as a sentence; null when it is.</summary>
    public string? Problem { get; private set; }

    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        var counts = await FindCountsAsync(cancellationToken);
        var dropped = 0L;
        if (counts is not null)
        {
            var before = _last is { } last && last.Process == counts.Process ? last : null;
            dropped = Math.Max(0, counts.DroppedRecords - (before?.DroppedRecords ?? 0));
            evidence.Compare(counts.Backends);
            Look(counts, before);
            // After HAProxy's counters: the record of a request that has ended then may already be there.
            _unlogged.Turn(counts, before, evidence.CountRecords(counts.Backends.Keys));
            _last = counts;
        }
        evidence.Turn(dropped);
        Problem = dropped > 0 ? $"HAProxy had no room for {dropped} records of its access log"
            : _unseen >= SilentRequests && _turns >= SilentTurns ? $"HAProxy was given {_unseen} requests of applications with a rollout, and not one record of its access log came: has the frontend that they arrive at the log line?"
            : _unlogged.Find() is { } part ? $"{part.Requests} requests to backend {part.Backend} ended, and {part.Records} records of them came: has every frontend that they arrive at the log line?"
            : null;
    }

    /// <summary>Counts the requests that came to the watched backends since the last record did.</summary>
    private void Look(TrafficCounts counts, TrafficCounts? before)
    {
        var received = evidence.Received;
        if (received != _received)
        {
            // What came to the backends in this second may be what these records are of.
            (_received, _unseen, _turns) = (received, 0, 0);
            return;
        }
        var grown = before is null ? 0 : counts.Backends.Sum(b => before.Backends.TryGetValue(b.Key, out var then) ? Math.Max(0, b.Value.Requests - then.Requests) : 0);
        _unseen += grown;
        if (_unseen > 0) _turns++;
    }

    /// <summary>Null when HAProxy cannot be asked: the node's agent says so.</summary>
    private async Task<TrafficCounts?> FindCountsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await haproxy.CountTrafficAsync(evidence.FindWatched(), cancellationToken);
        }
        catch (LoadBalancerException)
        {
            return null;
        }
    }
}
