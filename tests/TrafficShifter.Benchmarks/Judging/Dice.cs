namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Random counts, the same for the same seed on every machine: xoshiro256**, Hörmann's BTRS and PTRS for large counts, inversion for small ones.</summary>
internal sealed class Dice
{
    private const double Small = 10;
    private ulong _a, _b, _c, _d;

    public Dice(ulong seed)
    {
        (_a, _b, _c, _d) = (Mix(ref seed), Mix(ref seed), Mix(ref seed), Mix(ref seed));
    }

    /// <summary>0 to below 1.</summary>
    public double Uniform()
    {
        var result = ulong.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return (result >> 11) * (1.0 / (1UL << 53));
    }

    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Uniform())) * Math.Cos(2 * Math.PI * Uniform());

    /// <summary>1, 2, … with this mean.</summary>
    public long Geometric(double mean) => 1 + (long)Math.Floor(Math.Log(1 - Uniform()) / Math.Log(1 - 1 / mean));

    public long Poisson(double mean)
    {
        if (mean <= 0) return 0;
        return mean < Small ? SmallPoisson(mean) : LargePoisson(mean);
    }

    public long Binomial(long n, double p)
    {
        if (n <= 0 || p <= 0) return 0;
        if (p >= 1) return n;
        if (p > 0.5) return n - Binomial(n, 1 - p);
        return n * p < Small ? SmallBinomial(n, p) : LargeBinomial(n, p);
    }

    private long SmallPoisson(double mean)
    {
        var (k, term, u) = (0L, Math.Exp(-mean), Uniform());
        while (u > term && k < 200)
        {
            u -= term;
            term *= mean / ++k;
        }
        return k;
    }

    private long LargePoisson(double mean)
    {
        var b = 0.931 + 2.53 * Math.Sqrt(mean);
        var a = -0.059 + 0.02483 * b;
        var (inverse, fast, log) = (1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2), Math.Log(mean));
        while (true)
        {
            var (u, v) = (Uniform() - 0.5, Uniform());
            var us = 0.5 - Math.Abs(u);
            var k = Math.Floor((2 * a / us + b) * u + mean + 0.43);
            if (us >= 0.07 && v <= fast) return (long)k;
            if (k < 0 || us < 0.013 && v > us) continue;
            if (Math.Log(v * inverse / (a / (us * us) + b)) <= k * log - mean - LogFactorial(k)) return (long)k;
        }
    }

    private long SmallBinomial(long n, double p)
    {
        var (k, odds, u) = (0L, p / (1 - p), Uniform());
        var term = Math.Exp(n * double.LogP1(-p));
        while (u > term && k < n && k < 200)
        {
            u -= term;
            term *= (n - k) / (k + 1.0) * odds;
            k++;
        }
        return k;
    }

    private long LargeBinomial(long n, double p)
    {
        var deviation = Math.Sqrt(n * p * (1 - p));
        var b = 1.15 + 2.53 * deviation;
        var a = -0.0873 + 0.0248 * b + 0.01 * p;
        var (fast, odds, alpha, mode) = (0.92 - 4.2 / b, p / (1 - p), (2.83 + 5.1 / b) * deviation, Math.Floor((n + 1) * p));
        while (true)
        {
            var (u, v) = (Uniform() - 0.5, Uniform());
            var us = 0.5 - Math.Abs(u);
            var k = Math.Floor((2 * a / us + b) * u + n * p + 0.5);
            if (k < 0 || k > n) continue;
            if (us >= 0.07 && v <= fast) return (long)k;
            var bound = (mode + 0.5) * Math.Log((mode + 1) / (odds * (n - mode + 1))) + (n + 1) * Math.Log((n - mode + 1) / (n - k + 1))
                + (k + 0.5) * Math.Log(odds * (n - k + 1) / (k + 1)) + Tail(mode) + Tail(n - mode) - Tail(k) - Tail(n - k);
            if (Math.Log(v * alpha / (a / (us * us) + b)) <= bound) return (long)k;
        }
    }

    private static double LogFactorial(double k) => (k + 0.5) * Math.Log(k + 1) - (k + 1) + 0.9189385332046727 + Tail(k);

    /// <summary>What Stirling's formula for k! in k + 1 leaves.</summary>
    private static double Tail(double k)
    {
        var square = (k + 1) * (k + 1);
        return (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - 1 / 1680.0 / square) / square) / square) / (k + 1);
    }

    private static ulong Mix(ref ulong seed)
    {
        var z = seed += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
