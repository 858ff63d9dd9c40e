using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Judging;

/// <summary>Which part of the stable side's requests is faster than a bound: 50 %, 90 % or 99 %.</summary>
public enum LatencyQuantile
{
    P50,
    P90,
    P99,
}

/// <summary>One of the latency comparisons: how many requests are slower than one bound, on either side.</summary>
public sealed record LatencyTest : DocumentPart
{
    public required LatencyQuantile Quantile { get; init; }

    /// <summary>The histogram's bound in seconds; null until it is chosen, and where the counts come without it.</summary>
    public double? AboveSeconds { get; init; }

    /// <summary>The three, none with a bound yet.</summary>
    public static IReadOnlyList<LatencyTest> All { get; } = [.. Enum.GetValues<LatencyQuantile>().Select(q => new LatencyTest { Quantile = q })];

    /// <summary>For each quantile the bound whose exceedance on the stable side is nearest to 50 %, 10 % and 1 %, by ratio; a bound serves one quantile only.</summary>
    /// <remarks>Bounds that nothing exceeds are left out; of two as near, the lower one is taken.</remarks>
    /// <param name="histogram">The stable side's, rising.</param>
    /// <param name="count">All of its requests, those above the last bound included.</param>
    public static IReadOnlyList<LatencyTest> Choose(IReadOnlyList<HistogramBound> histogram, long count)
    {
        var tests = new List<LatencyTest>();
        foreach (var quantile in Enum.GetValues<LatencyQuantile>())
        {
            var wanted = ExceededBy(quantile);
            var nearest = histogram.Where(b => b.UpTo < count).MinBy(b => Math.Abs(Math.Log((count - b.UpTo) / (count * wanted))));
            if (nearest is not null && tests.TrueForAll(t => t.AboveSeconds != nearest.Seconds)) tests.Add(new LatencyTest { Quantile = quantile, AboveSeconds = nearest.Seconds });
        }
        return tests;
    }

    private static double ExceededBy(LatencyQuantile quantile) => quantile switch { LatencyQuantile.P50 => 0.5, LatencyQuantile.P90 => 0.1, _ => 0.01 };
}

/// <summary>A bucket of a latency histogram.</summary>
/// <param name="Seconds">Its upper bound, included.</param>
/// <param name="UpTo">Requests up to the bound, those of the lower buckets included.</param>
public sealed record HistogramBound(double Seconds, long UpTo);
