using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Rising shares in short. The last one is exactly where the series goes to, never beyond it.</summary>
internal static class StepSeries
{
    /// <summary>One more than a plan may have: enough to see that it is too many.</summary>
    private const int Enough = Plan.MaxSteps + 1;

    /// <summary>10%, 20%, 30%, … to the end.</summary>
    /// <param name="by">Above 0 %.</param>
    public static IReadOnlyList<Share> Linear(Share from, Share by, Share to) => Until(to, from.BasisPoints, last => last + by.BasisPoints);

    /// <summary>1%, 2%, 4%, … to the end; each share is rounded to 0.01 %, and above the one before it.</summary>
    /// <param name="factor">Above 1.</param>
    public static IReadOnlyList<Share> Geometric(Share from, double factor, Share to) =>
        Until(to, from.BasisPoints, last => Math.Max(last + 1, (int)Math.Min(Share.MaxBasisPoints, Math.Floor(last * factor + 0.5))));

    private static IReadOnlyList<Share> Until(Share to, int first, Func<int, int> next)
    {
        var shares = new List<Share>();
        for (var now = first; now < to.BasisPoints && shares.Count < Enough; now = next(now)) shares.Add(Share.OfBasisPoints(now));
        return [.. shares, to];
    }
}
