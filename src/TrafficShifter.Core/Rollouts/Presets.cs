using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>The plans that are always there: <c>careful</c>, <c>standard</c> and <c>fast</c>.</summary>
/// <remarks>
/// They need no query: the agents count what users get, the judge compares both sides, and at most 1 % of the new side's answers may be errors.
/// A step whose colour gets too few requests to judge holds, until the step's deadline pauses it.
/// </remarks>
public static class Presets
{
    public static IReadOnlyList<Plan> All { get; } =
    [
        Of("careful", window: "2m", minRequests: 200, ("1%", "5m"), ("5%", "10m"), ("25%", "15m"), ("50%", "15m"), ("100%", "10m")) with
        {
            StepDeadline = TimeSpan.FromHours(1), Deadline = TimeSpan.FromHours(8),
        },
        Of("standard", window: "1m", minRequests: 100, ("5%", "2m"), ("25%", "5m"), ("50%", "5m"), ("100%", "5m")),
        Of("fast", window: "30s", minRequests: 20, ("10%", "1m"), ("50%", "1m")),
    ];

    public static Plan? Find(string name) => All.FirstOrDefault(p => p.Name == name);

    private static Plan Of(string name, string window, int minRequests, params (string Share, string Hold)[] steps) => new()
    {
        Name = name,
        Steps = [.. steps.Select(s => new Step(Share.Parse(s.Share), Documents.Duration.Parse(s.Hold)))],
        Checks = [EvidenceChecks.Of(EvidenceKind.ErrorRatio) with { Window = Documents.Duration.Parse(window), MinRequests = minRequests }],
        Judge = new JudgePlan(),
    };
}
