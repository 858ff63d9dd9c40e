using TrafficShifter.Core.Judging;

namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Log-normal response times with a median of 80 ms and a p99 of 408 ms, seen through the buckets of a histogram.</summary>
internal sealed class Latencies
{
    private const double Median = 0.08;
    private const double Sigma = 0.7;
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>Rules with a limit for p99 have it at one and a half times the usual.</summary>
    private static readonly double Limit = 1.5 * Median * Math.Exp(2.3263478740408408 * Sigma);

    private readonly double[] _bounds;

    public Latencies()
    {
        const long many = 100_000_000;
        Tests = LatencyTest.Choose([.. Bounds.Select(b => new HistogramBound(b, many - (long)(many * Over(b, 1))))], many);
        _bounds = [.. Tests.Select(t => t.AboveSeconds!.Value)];
    }

    public IReadOnlyList<LatencyTest> Tests { get; }

    /// <summary>How many of the requests are slower than each bound, and than the limit of the rules that have one.</summary>
    public (long Over50, long Over90, long Over99, long OverLimit) Draw(long requests, double slowness, Dice dice)
    {
        var over50 = dice.Binomial(requests, Over(_bounds[0], slowness));
        var over90 = dice.Binomial(over50, Over(_bounds[1], slowness) / Over(_bounds[0], slowness));
        var over99 = dice.Binomial(over90, Over(_bounds[2], slowness) / Over(_bounds[1], slowness));
        return (over50, over90, over99, dice.Binomial(over99, Over(Limit, slowness) / Over(_bounds[2], slowness)));
    }

    private static double Over(double seconds, double slowness) => 1 - Normal(Math.Log(seconds / (Median * slowness)) / Sigma);

    /// <summary>The normal distribution, to 1e-7 (Abramowitz and Stegun 26.2.17).</summary>
    private static double Normal(double z)
    {
        if (z < 0) return 1 - Normal(-z);
        var t = 1 / (1 + 0.2316419 * z);
        return 1 - Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    }
}
