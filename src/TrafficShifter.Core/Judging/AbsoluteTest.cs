namespace TrafficShifter.Core.Judging;

/// <summary>Bets that the candidate's error ratio is above a ceiling that a healthy side does not exceed. Helps where there are a few requests a second only.</summary>
internal sealed class AbsoluteTest
{
    private readonly double[] _bad;
    private readonly double[] _good;
    private readonly double _p0;

    public AbsoluteTest(JudgeConstants constants)
    {
        _p0 = constants.P0;
        var bets = constants.AbsoluteBets.Select(u => _p0 + (1 - _p0) * u).ToList();
        _bad = [.. bets.Select(p1 => Math.Log(p1 / _p0) / constants.Phi)];
        _good = [.. bets.Select(p1 => Math.Log((1 - p1) / (1 - _p0)) / constants.Phi)];
        Mixture = new Mixture(bets.Count);
    }

    public Mixture Mixture { get; }

    public void Update(SideCounts tick)
    {
        Span<double> logs = stackalloc double[_bad.Length];
        // While the stable side fails as well, the candidate's errors say nothing about the candidate; the stake is placed all the same.
        if (IsUnhealthy(tick)) logs.Clear();
        else
            for (var i = 0; i < logs.Length; i++) logs[i] = tick.CandidateBad * _bad[i] + (tick.CandidateRequests - tick.CandidateBad) * _good[i];
        Mixture.Update(logs);
    }

    /// <summary>The stable side has more errors than the ceiling, and more than one.</summary>
    public bool IsUnhealthy(SideCounts counts) => counts.StableBad > Math.Max(1, _p0 * counts.StableRequests);

    /// <summary>Whether the test may roll back by itself: the stable side is seen healthy, and the errors fell on the candidate by no chance of the split.</summary>
    public bool MayBlame(SideCounts window) =>
        window.StableRequests >= 10 && window.StableBad <= _p0 * window.StableRequests && TailOf(window) <= 0.01 * (1 + 1e-9);

    /// <summary>How likely the split of the traffic alone gives the candidate as many of the bad requests.</summary>
    public static double TailOf(SideCounts window) =>
        window.CandidateRequests + window.StableRequests == 0 ? 1
        : BinomialTail.AtLeast(window.CandidateBad, window.CandidateBad + window.StableBad, window.CandidatePart);
}
