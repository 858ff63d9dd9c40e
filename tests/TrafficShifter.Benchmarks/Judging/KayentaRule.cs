namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Kayenta, simplified: five steps of 2 min, judged at the end of each over all points of 10 s so far, by error ratio and by the part over the p99 bound.</summary>
/// <remarks>A metric is "high" when the Mann-Whitney interval of the shift, at 0.98, lies above a quarter of its Hodges-Lehmann estimate. One high metric fails the canary.</remarks>
internal sealed class KayentaRule : Rule
{
    private const int TicksInPoint = 2;
    private const double StepSeconds = 120;
    private readonly List<double>[] _points = [[], [], [], []];
    private WorldTick _sum;
    private int _ticks;
    private int _step = 1;

    public override double Share => 0.1 * _step;

    public override Ending Observe(WorldTick tick, double seconds)
    {
        _sum = new WorldTick(_sum.Errors + tick.Errors, default, default, _sum.Slow99 + tick.Slow99, 0);
        if (++_ticks == TicksInPoint) Close();
        if (seconds < StepSeconds * _step - 1e-9) return Ending.GoingOn;
        if (MannWhitney.IsHigh(_points[0], _points[1]) || MannWhitney.IsHigh(_points[2], _points[3])) return Ending.RolledBack;
        return _step++ == 5 ? Ending.Promoted : Ending.GoingOn;
    }

    private void Close()
    {
        Add(0, _sum.Errors.CandidateBad, _sum.Errors.CandidateRequests);
        Add(1, _sum.Errors.StableBad, _sum.Errors.StableRequests);
        Add(2, _sum.Slow99.CandidateBad, _sum.Slow99.CandidateRequests);
        Add(3, _sum.Slow99.StableBad, _sum.Slow99.StableRequests);
        (_sum, _ticks) = (default, 0);

        void Add(int series, long bad, long requests)
        {
            if (requests > 0) _points[series].Add(bad / (double)requests);
        }
    }
}

/// <summary>The interval of the shift between two samples, after R's <c>wilcox.test(conf.int = TRUE)</c> with the normal approximation.</summary>
internal static class MannWhitney
{
    private const double Z98 = 2.3263478740408408;
    private const double Tolerance = 0.25;

    public static bool IsHigh(List<double> candidate, List<double> stable)
    {
        var (m, n) = (candidate.Count, stable.Count);
        if (m < 4 || n < 4) return false;
        var differences = new double[m * n];
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++) differences[i * n + j] = candidate[i] - stable[j];
        Array.Sort(differences);
        var below = (int)Math.Floor(m * n / 2.0 - Z98 * Math.Sqrt(m * n * (m + n + 1) / 12.0));
        var estimate = (differences[(m * n - 1) / 2] + differences[m * n / 2]) / 2;
        return below >= 0 && differences[below] > Tolerance * Math.Abs(estimate);
    }
}
