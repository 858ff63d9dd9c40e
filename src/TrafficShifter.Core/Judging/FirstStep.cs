using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Judging;

/// <summary>Shares that suit the traffic: a service with much of it needs a small first step only to be judged as fast.</summary>
public static class FirstStep
{
    /// <summary>Candidate requests per second that the first step is to bring.</summary>
    private const double Wanted = 20;

    private const double LeastRatio = 0.01;
    private const double Most = 0.1;
    private const double LastShare = 0.5;

    /// <summary>What a first step has at least.</summary>
    public static Share Least => Nearest(LeastRatio);

    /// <summary>The first step's share: 20 requests per second, at least 1 % and at most 10 %; 10 % when nothing is known of the traffic.</summary>
    /// <param name="requestsPerSecond">Of both colours.</param>
    public static Share For(double requestsPerSecond) => Nearest(First(requestsPerSecond));

    /// <summary>As many shares as wanted, from the first step's to 50 %, each the same multiple of the one before.</summary>
    /// <param name="count">At least 2.</param>
    public static IReadOnlyList<Share> Series(double requestsPerSecond, int count = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        var first = First(requestsPerSecond);
        return [.. Enumerable.Range(0, count).Select(i => Nearest(first * Math.Pow(LastShare / first, i / (double)(count - 1))))];
    }

    private static double First(double requestsPerSecond) => requestsPerSecond > 0 ? Math.Clamp(Wanted / requestsPerSecond, LeastRatio, Most) : Most;

    private static Share Nearest(double ratio) => Share.OfBasisPoints((int)Math.Round(ratio * Share.MaxBasisPoints));
}
