namespace TrafficShifter.Core.Judging;

/// <summary>Bets that the candidate is not worse than the stable side by a margin or more. From the rollout's start, never restarted.</summary>
internal sealed class GoTest
{
    /// <summary>The most requests that are called a number one can wait for.</summary>
    private const double MostMissing = 1e9;

    private readonly double[] _bets;
    private readonly double[] _wealth;

    public GoTest(IReadOnlyList<double> bets)
    {
        _bets = [.. bets];
        _wealth = new double[_bets.Length];
        Array.Fill(_wealth, 1.0 / _bets.Length);
        Sum();
    }

    public int Bets => _bets.Length;

    public double E { get; private set; }

    /// <summary>Logarithms of the factors without the margin and phi.</summary>
    public void Weigh(SideCounts batch, Span<double> logs)
    {
        var odds = batch.CandidateRequests / (double)batch.StableRequests;
        for (var i = 0; i < _bets.Length; i++)
            logs[i] = Bad(batch.CandidateBad, _bets[i]) + batch.StableBad * double.LogP1((1 - _bets[i]) * odds);
    }

    /// <param name="weighed">What <see cref="Weigh"/> gave for this batch.</param>
    public void Update(SideCounts batch, ReadOnlySpan<double> weighed, double margin, double phi)
    {
        for (var i = 0; i < _bets.Length; i++)
            _wealth[i] = Mixture.Multiply(_wealth[i], (weighed[i] + batch.CandidateRequests * margin * (1 - _bets[i])) / phi);
        Sum();
    }

    /// <summary>About how many candidate requests more bring <see cref="E"/> to <paramref name="enough"/>, both sides having the error ratio <paramref name="ratio"/>.</summary>
    /// <returns>Null when no bet gets there, or not before the thousand millions.</returns>
    public long? EstimateMissing(double enough, double margin, double phi, double ratio, double odds)
    {
        if (E >= enough) return 0;
        var least = double.PositiveInfinity;
        for (var i = 0; i < _bets.Length; i++)
        {
            var growth = (Bad(ratio, _bets[i]) + ratio / odds * double.LogP1((1 - _bets[i]) * odds) + margin * (1 - _bets[i])) / phi;
            if (growth > 0 && _wealth[i] > 0) least = Math.Min(least, Math.Max(1, Math.Log(enough / _wealth[i]) / growth));
        }
        return least < MostMissing ? (long)Math.Ceiling(least) : null;
    }

    public IReadOnlyList<double> Save() => [.. _wealth];

    public void Load(IReadOnlyList<double> wealth)
    {
        if (wealth.Count != _wealth.Length) throw new ArgumentException($"{wealth.Count} bets are saved, there are {_wealth.Length}", nameof(wealth));
        for (var i = 0; i < _wealth.Length; i++) _wealth[i] = wealth[i];
        Sum();
    }

    /// <summary>The bet on 0 is lost with the first error.</summary>
    private static double Bad(double bad, double bet) => bad == 0 ? 0 : bet == 0 ? -1000 * bad : bad * Math.Log(bet);

    private void Sum()
    {
        E = 0;
        foreach (var wealth in _wealth) E += wealth;
    }
}
