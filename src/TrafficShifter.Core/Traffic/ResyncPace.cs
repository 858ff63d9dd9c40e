namespace TrafficShifter.Core.Traffic;

/// <summary>How often a follower looks at everything, although it missed nothing that it knows of.</summary>
/// <remarks>
/// What the feed cannot tell of is rare: a transaction that takes effect long after its writer gave it up, a key that a person changed while nobody watched for such. Looking for it costs
/// the store in proportion to the applications, for each follower.
/// </remarks>
public static class ResyncPace
{
    /// <summary>Up to <see cref="Apps"/> applications.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(60);

    /// <summary>However many applications there are.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>From so many applications on the interval grows with them.</summary>
    public const int Apps = 10_000;

    public static TimeSpan Of(int apps)
    {
        var interval = Shortest * Math.Max(1, apps / (double)Apps);
        return interval < Longest ? interval : Longest;
    }
}
