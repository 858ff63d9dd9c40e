namespace TrafficShifter.Core.Judging;

/// <summary>Ticks of one share that are not judged yet. Counts of two shares are never mixed: pooled, they would blame the candidate for the time of day.</summary>
internal sealed class PendingBatch
{
    private SideCounts _counts;
    private long _age;

    public void Add(SideCounts counts, long milliseconds)
    {
        _counts += counts;
        _age += milliseconds;
    }

    /// <summary>Takes the batch out when it is full or old; an old one that lacks a side is dropped, for it tells nothing.</summary>
    public bool TryClose(long least, long oldest, out SideCounts batch)
    {
        batch = _counts;
        if (_counts is { CandidateRequests: >= 1, StableRequests: >= 1 } && (_counts.StableRequests >= least || _age >= oldest)) return Take();
        if (_age >= oldest) Clear();
        return false;
    }

    /// <summary>At a change of the share: takes the batch out as it is, or drops it.</summary>
    public bool TryClose(out SideCounts batch)
    {
        batch = _counts;
        if (_counts is { CandidateRequests: >= 1, StableRequests: >= 1 }) return Take();
        Clear();
        return false;
    }

    public PendingState Save() => new(_counts, _age);

    public void Load(PendingState state) => (_counts, _age) = (state.Counts, state.AgeMilliseconds);

    private bool Take()
    {
        Clear();
        return true;
    }

    private void Clear() => (_counts, _age) = (default, 0);
}

/// <summary>A batch as it is stored.</summary>
public sealed record PendingState(SideCounts Counts, long AgeMilliseconds);
