namespace TrafficShifter.Core.Judging;

/// <summary>The counts of the last ticks at this share, and their sum.</summary>
internal sealed class CountWindow(int ticks)
{
    private readonly SideCounts[] _ring = new SideCounts[ticks];
    private int _next;
    private int _count;

    public SideCounts Sum { get; private set; }

    public void Add(SideCounts counts)
    {
        if (_count == _ring.Length) Sum -= _ring[_next];
        else _count++;
        _ring[_next] = counts;
        _next = (_next + 1) % _ring.Length;
        Sum += counts;
    }

    public void Clear() => (_next, _count, Sum) = (0, 0, default);

    /// <summary>Four numbers for each tick, oldest first.</summary>
    public IReadOnlyList<long> Save()
    {
        var saved = new List<long>(4 * _count);
        for (var i = 0; i < _count; i++)
        {
            var c = _ring[(_next + _ring.Length - _count + i) % _ring.Length];
            saved.AddRange([c.CandidateRequests, c.CandidateBad, c.StableRequests, c.StableBad]);
        }
        return saved;
    }

    public void Load(IReadOnlyList<long> saved)
    {
        Clear();
        for (var i = 0; i + 3 < saved.Count; i += 4) Add(new SideCounts(saved[i], saved[i + 1], saved[i + 2], saved[i + 3]));
    }
}
