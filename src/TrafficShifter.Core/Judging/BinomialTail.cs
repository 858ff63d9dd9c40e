namespace TrafficShifter.Core.Judging;

/// <summary>P(X ≥ x) of a binomial count, to about 1e-13 relative, for counts of any size.</summary>
internal static class BinomialTail
{
    private static readonly double[] SmallErrors = [.. Enumerable.Range(0, 16).Select(ErrorOfSmall)];

    public static double AtLeast(long x, long n, double p)
    {
        if (x <= 0) return 1;
        if (x > n || p <= 0) return 0;
        if (p >= 1) return 1;
        // Summed from the side away from the mean, where the terms fall.
        return x > n * p ? Sum(x, n, p, up: true) : 1 - Sum(x - 1, n, p, up: false);
    }

    private static double Sum(long from, long n, double p, bool up)
    {
        var term = Point(from, n, p);
        var (sum, odds) = (term, p / (1 - p));
        for (var k = from; up ? k < n : k > 0; k += up ? 1 : -1)
        {
            term *= up ? (n - k) / (k + 1.0) * odds : k / (n - k + 1.0) / odds;
            sum += term;
            if (term < sum * 1e-18) break;
        }
        return Math.Min(1, sum);
    }

    /// <summary>P(X = x) by Loader's saddle-point expansion (Fast and Accurate Computation of Binomial Probabilities, 2000): no difference of large logarithms.</summary>
    private static double Point(long x, long n, double p)
    {
        if (x == 0) return Math.Exp(n * double.LogP1(-p));
        if (x == n) return Math.Exp(n * Math.Log(p));
        var log = StirlingError(n) - StirlingError(x) - StirlingError(n - x) - Deviance(x, n * p) - Deviance(n - x, n * (1 - p));
        return Math.Exp(log) * Math.Sqrt(n / (2 * Math.PI * x * (n - x)));
    }

    /// <summary>ln n! minus Stirling's formula.</summary>
    private static double StirlingError(long n)
    {
        if (n < 16) return SmallErrors[n];
        double square = (double)n * n;
        return (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - (1 / 1680.0 - 1 / 1188.0 / square) / square) / square) / square) / n;
    }

    private static double ErrorOfSmall(int n)
    {
        if (n == 0) return 0;
        var factorial = 1.0;
        for (var i = 2; i <= n; i++) factorial *= i;
        return Math.Log(factorial) - ((n + 0.5) * Math.Log(n) - n + 0.5 * Math.Log(2 * Math.PI));
    }

    /// <summary>x ln(x/mean) + mean − x.</summary>
    private static double Deviance(double x, double mean)
    {
        if (Math.Abs(x - mean) >= 0.1 * (x + mean)) return x * Math.Log(x / mean) + mean - x;
        var v = (x - mean) / (x + mean);
        var sum = (x - mean) * v;
        var term = 2 * x * v;
        for (var j = 1; j < 1000; j++)
        {
            term *= v * v;
            var next = sum + term / (2 * j + 1);
            if (next == sum) break;
            sum = next;
        }
        return sum;
    }
}
