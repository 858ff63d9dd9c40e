namespace TrafficShifter.Core.Judging;

/// <summary>Requests and bad requests of the two halves of the stable side's servers in 60 s.</summary>
public readonly record struct HalfCounts(long RequestsA, long BadA, long RequestsB, long BadB);

/// <summary>How many errors one incident makes, such as a client that tries again or one bad server: 1 when each comes alone. All evidence is divided by it.</summary>
public static class OverDispersion
{
    /// <summary>Taken when nothing is known.</summary>
    public const double Unknown = 2;

    public const double Most = 20;

    /// <summary>Counts for this many cells of independent errors, so that a short history says little.</summary>
    private const int Prior = 5;

    /// <summary>From how unevenly errors fall on two halves of the same side. What hits both halves alike does not show here, and harms nothing.</summary>
    /// <remarks>
    /// The larger of two estimates: the mean of the cells' ratios, which long cells do not dominate, and the ratio of their sums. The mean alone is too low where a
    /// cell has an incident or two only, since a cell with one shows its size as it is, and not as often as it counts.
    /// </remarks>
    public static double Estimate(IEnumerable<HalfCounts> cells)
    {
        var (each, squares, expected, count) = (0.0, 0.0, 0.0, 0);
        foreach (var cell in cells)
        {
            var bad = cell.BadA + cell.BadB;
            var part = cell.RequestsA / (double)(cell.RequestsA + cell.RequestsB);
            if (bad == 0 || part is not (> 0 and < 1)) continue;
            var (square, variance) = (Square(cell.BadA - bad * part), bad * part * (1 - part));
            each += square / variance;
            squares += square;
            expected += variance;
            count++;
        }
        if (count == 0) return 1;
        var prior = Prior * expected / count;
        return Math.Clamp(Math.Max((each + Prior) / (count + Prior), (squares + prior) / (expected + prior)), 1, Most);
    }

    /// <summary>From how unevenly errors fall on the time, for a side with one server. Slow changes of the error ratio make it larger too, which only costs speed.</summary>
    /// <param name="cells">Requests and bad requests in 60 s.</param>
    public static double EstimateOverTime(IReadOnlyCollection<(long Requests, long Bad)> cells)
    {
        var (requests, bad) = (cells.Sum(c => c.Requests), cells.Sum(c => c.Bad));
        var ratio = bad / (double)requests;
        if (ratio is not (> 0 and < 1)) return Unknown;
        var used = cells.Where(c => c.Requests > 0).ToList();
        var sum = used.Sum(c => Square(c.Bad - c.Requests * ratio) / (c.Requests * ratio * (1 - ratio)));
        return Math.Clamp((sum + Prior) / (used.Count + Prior), 1, Most);
    }

    private static double Square(double value) => value * value;
}
