namespace TrafficShifter.Core.Judging;

/// <summary>Bets that a candidate's ratio is r times the stable side's. Given how many bad requests there are, which side they fell on is a draw by the traffic's split, whatever the ratio was.</summary>
/// <remarks>
/// The factor of a batch is at most 1 on average while the candidate's ratio is at most k times the stable side's plus delta, for every ratio of the stable
/// side, steady or not. After Lindon and Malek, NeurIPS 2022 (arXiv 2011.03567).
/// </remarks>
internal sealed class RelativeTest(IReadOnlyList<double> ratios)
{
    private readonly double[] _ratios = [.. ratios];

    public int Bets => _ratios.Length;

    /// <summary>Logarithms of the factors without delta and phi, and what each takes per unit of delta.</summary>
    public void Weigh(SideCounts batch, double k, Span<double> logs, Span<double> perDelta)
    {
        var part = batch.CandidatePart;
        var tolerated = k * part + 1 - part;
        for (var i = 0; i < _ratios.Length; i++)
        {
            var r = _ratios[i];
            var den = r * k * part + 1 - part;
            var more = (r - 1) * (1 - part) / den;
            logs[i] = batch.CandidateBad * double.LogP1(more) + batch.StableBad * Math.Log(tolerated / den);
            perDelta[i] = batch.CandidateRequests * more;
        }
    }

    public void Update(Mixture mixture, SideCounts batch, double k, double delta, double phi)
    {
        Span<double> logs = stackalloc double[_ratios.Length];
        Span<double> perDelta = stackalloc double[_ratios.Length];
        Weigh(batch, k, logs, perDelta);
        for (var i = 0; i < logs.Length; i++) logs[i] = (logs[i] - delta * perDelta[i]) / phi;
        mixture.Update(logs);
    }
}
