using TrafficShifter.Core.Judging;

namespace TrafficShifter.Core.Analysis.Tiles;

/// <summary>How many answers took at most so long, for each of some bounds.</summary>
/// <remarks>Counted are answered requests, and those that the client gave up on as slower than every bound: the total is not that of all requests.</remarks>
public sealed class LatencyCounts
{
    public static readonly LatencyCounts None = new(new SortedList<double, long>());
    private readonly SortedList<double, long> _atMost;

    private LatencyCounts(SortedList<double, long> atMost) => _atMost = atMost;

    public long Total => _atMost.TryGetValue(double.PositiveInfinity, out var all) ? all : 0;

    /// <param name="buckets">Bound in seconds (infinite included) and how many took at most that long.</param>
    public static LatencyCounts Of(IEnumerable<KeyValuePair<double, long>> buckets)
    {
        var counts = new SortedList<double, long>();
        foreach (var (bound, count) in buckets) counts[bound] = counts.GetValueOrDefault(bound) + count;
        return new LatencyCounts(counts);
    }

    /// <summary>How many took longer than <paramref name="bound"/>, one of the bounds. A bound that is none of them counts as the next one above.</summary>
    public long Above(double bound)
    {
        foreach (var (le, count) in _atMost)
            if (le >= bound) return Math.Max(0, Total - count);
        return 0;
    }

    /// <summary>The time in seconds within which a part of the answers came, by a straight line inside of its bucket; null when nothing was counted.</summary>
    /// <param name="part">0 to 1: 0.99 is the 99th percentile.</param>
    /// <remarks>What lies in the last bucket is given as that bucket's lower bound, as everywhere with histograms.</remarks>
    public double? Quantile(double part)
    {
        var (wanted, below, counted) = (part * Total, 0d, 0L);
        if (Total == 0) return null;
        foreach (var (le, count) in _atMost)
        {
            if (count >= wanted && count > counted) return double.IsPositiveInfinity(le) ? below : below + (le - below) * (wanted - counted) / (count - counted);
            (below, counted) = (le, Math.Max(counted, count));
        }
        return below;
    }

    /// <summary>The finite bounds, rising.</summary>
    public IReadOnlyList<HistogramBound> ToHistogram() => [.. _atMost.Where(b => !double.IsPositiveInfinity(b.Key)).Select(b => new HistogramBound(b.Key, b.Value))];

    public static LatencyCounts operator +(LatencyCounts a, LatencyCounts b) => a.Total == 0 ? b : b.Total == 0 ? a : Of(a._atMost.Concat(b._atMost));
}
