using TrafficShifter.Core.Migrations;

namespace TrafficShifter.Server.Migrations;

/// <summary>What probes found while a migration held its applications; at most a minute behind.</summary>
/// <param name="Blue">All of blue together.</param>
/// <param name="Green">All of green together.</param>
/// <param name="Failed">How many applications ever failed.</param>
/// <param name="Apps">Some of them, by name.</param>
/// <param name="Next">The name after which the next page begins; null on the last one.</param>
public sealed record ProbePage(ProbeSum Blue, ProbeSum Green, int Failed, IReadOnlyList<ProbeTally> Apps, string? Next)
{
    public static ProbePage Of(IReadOnlyList<ProbeTally> all, bool onlyFailed, string? after, int limit)
    {
        var failed = all.Where(t => t.Blue.Failures + t.Green.Failures > 0).ToList();
        var page = (onlyFailed ? failed : all).Where(t => after is null || string.CompareOrdinal(t.App.Value, after) > 0).OrderBy(t => t.App.Value, StringComparer.Ordinal).Take(limit + 1).ToList();
        return new ProbePage(ProbeSum.Of(all.Select(t => t.Blue)), ProbeSum.Of(all.Select(t => t.Green)), failed.Count, [.. page.Take(limit)], page.Count > limit ? page[limit - 1].App.Value : null);
    }
}

/// <summary>One colour of many applications.</summary>
public sealed record ProbeSum(long Probes, long Failures, long Unasked)
{
    public static ProbeSum Of(IEnumerable<SideTally> sides)
    {
        var all = sides.ToList();
        return new ProbeSum(all.Sum(s => s.Probes), all.Sum(s => s.Failures), all.Sum(s => s.Unasked));
    }
}
