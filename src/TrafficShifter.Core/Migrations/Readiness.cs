using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>Whether an application's traffic may move to a colour now, and why not.</summary>
/// <param name="Ready">Every check is <see cref="Verdict.Ready"/>. What could not be asked is not.</param>
/// <param name="Findings">One for each check that was made; at least one.</param>
/// <param name="Versions">What the colours say they run; null when nobody asked.</param>
public sealed record Readiness(AppName App, Colour To, bool Ready, IReadOnlyList<Finding> Findings, DateTimeOffset At, SideVersions? Versions = null)
{
    private const int MostSaid = 3;

    public static Readiness Of(AppName app, Colour to, IReadOnlyList<Finding> findings, DateTimeOffset at, SideVersions? versions = null) =>
        new(app, to, findings.Count > 0 && findings.All(f => f.Verdict == Verdict.Ready), findings, at, versions);

    /// <summary>The whole in one sentence: what stands in the way, or how much was asked.</summary>
    public string Sentence => Ready
        ? $"ready: {Words.Count(Findings.Count, "check")}"
        : $"{(Findings.Any(f => f.Verdict == Verdict.NotReady) ? "not ready" : "not known to be ready")}: {string.Join("; ", Missing.Take(MostSaid).Select(f => f.Sentence))}{(Missing.Count > MostSaid ? $"; and {Missing.Count - MostSaid} more" : "")}";

    private List<Finding> Missing => [.. Findings.Where(f => f.Verdict != Verdict.Ready).OrderBy(f => f.Verdict)];
}

/// <summary>What one check found.</summary>
/// <param name="Check"><c>servers</c>, <c>nodes</c>, <c>probe/blue</c>, <c>probe/green</c>, <c>version</c>, or <c>query/</c> and its name.</param>
/// <param name="Value">What was seen: <c>1 of 2</c>, <c>503</c>, <c>0.03</c>; null when nothing was.</param>
/// <param name="Limit">What it must be: <c>at least 50%</c>, <c>200-299</c>, <c>max 0</c>.</param>
public sealed record Finding(string Check, Verdict Verdict, string Sentence, string? Value = null, string? Limit = null);

/// <summary>In the order of what is told first.</summary>
public enum Verdict
{
    NotReady,

    /// <summary>It could not be asked, so nobody knows. Never taken for ready.</summary>
    Unknown,

    Ready,
}

/// <param name="Blue">Null when it did not say.</param>
/// <param name="Green">Null when it did not say.</param>
public sealed record SideVersions(string? Blue, string? Green)
{
    public string? Of(Colour colour) => colour == Colour.Blue ? Blue : Green;
}
