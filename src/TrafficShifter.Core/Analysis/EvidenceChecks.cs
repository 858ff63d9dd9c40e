namespace TrafficShifter.Core.Analysis;

/// <summary>A figure that is made of what the agents count, in place of a query.</summary>
public enum EvidenceKind
{
    /// <summary>The part of the requests that failed, 0 to 1.</summary>
    ErrorRatio,

    /// <summary>The part of the requests that did not fail, 0 to 1.</summary>
    Availability,

    /// <summary>Seconds within which half of the answers came.</summary>
    LatencyP50,

    /// <summary>Seconds within which 90 % of the answers came.</summary>
    LatencyP90,

    /// <summary>Seconds within which 99 % of the answers came.</summary>
    LatencyP99,
}

/// <summary>The checks that need no set-up: they stand in a plan by their names.</summary>
/// <remarks>Targeted requests are in none of them: whoever was chosen for the candidate is no sample of everybody.</remarks>
public static class EvidenceChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new Check { Name = "error-ratio", Evidence = EvidenceKind.ErrorRatio, Max = 0.01, MinRequests = 100 },
        new Check { Name = "availability", Evidence = EvidenceKind.Availability, Min = 0.99, MinRequests = 100 },
        new Check { Name = "latency-p50", Evidence = EvidenceKind.LatencyP50, MaxTimesStable = 1.5, MinRequests = 100 },
        new Check { Name = "latency-p90", Evidence = EvidenceKind.LatencyP90, MaxTimesStable = 1.5, MinRequests = 200 },
        new Check { Name = "latency-p99", Evidence = EvidenceKind.LatencyP99, MaxTimesStable = 1.5, MinRequests = 1_000 },
    ];

    public static IEnumerable<string> Names => All.Select(c => c.Name);

    public static Check? Find(string name) => All.FirstOrDefault(c => c.Name == name);

    public static Check Of(EvidenceKind kind) => All.Single(c => c.Evidence == kind);

    /// <summary>The part of the answers that a latency is about; null for what is no latency.</summary>
    public static double? PartOf(EvidenceKind kind) => kind switch
    {
        EvidenceKind.LatencyP50 => 0.5,
        EvidenceKind.LatencyP90 => 0.9,
        EvidenceKind.LatencyP99 => 0.99,
        _ => null,
    };
}
