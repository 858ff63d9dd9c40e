namespace TrafficShifter.Benchmarks.Judging;

/// <summary>The candidate's last 60 s, as a query over one minute sees them.</summary>
internal sealed class LastMinute
{
    private const int Ticks = (int)(60 / World.TickSeconds);
    private readonly Queue<WorldTick> _ticks = new(Ticks + 1);

    public void Add(WorldTick tick)
    {
        _ticks.Enqueue(tick);
        if (_ticks.Count > Ticks) _ticks.Dequeue();
    }

    /// <summary>Less than 99 % succeed, or p99 is over its limit; null without a request.</summary>
    public bool? IsBad()
    {
        var (requests, bad, over) = (0L, 0L, 0L);
        foreach (var tick in _ticks)
        {
            requests += tick.Errors.CandidateRequests;
            bad += tick.Errors.CandidateBad;
            over += tick.CandidateOverLimit;
        }
        return requests == 0 ? null : bad > 0.01 * requests || over > 0.01 * requests;
    }
}
