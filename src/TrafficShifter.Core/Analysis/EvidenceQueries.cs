using System.Globalization;

namespace TrafficShifter.Core.Analysis;

/// <summary>The figures of the evidence as query templates: what a person asks to see the same, and how the past is asked.</summary>
public static class EvidenceQueries
{
    private const string Side = "{app=\"{{app}}\",colour=\"{{colour}}\"}[{{window}}]";

    /// <param name="isCoarse">From the series that every application always has, not from those of running rollouts.</param>
    public static string Value(Check check, bool isCoarse) => check.Evidence switch
    {
        EvidenceKind.ErrorRatio => $"{Bad(isCoarse)} / {Requests(isCoarse)}",
        EvidenceKind.Availability => $"1 - {Bad(isCoarse)} / {Requests(isCoarse)}",
        { } latency => string.Create(CultureInfo.InvariantCulture, $"histogram_quantile({EvidenceChecks.PartOf(latency)}, sum by (le) (increase({(isCoarse ? EvidenceSeries.CoarseLatencyBucket : EvidenceSeries.LatencyBucket)}{Side})))"),
        null => throw new ArgumentException($"{check.Name} has a query of its own", nameof(check)),
    };

    public static string Requests(bool isCoarse) => $"sum(increase({(isCoarse ? EvidenceSeries.CoarseRequests : EvidenceSeries.Requests)}{Side}))";

    private static string Bad(bool isCoarse) => $"sum(increase({(isCoarse ? EvidenceSeries.CoarseBad : EvidenceSeries.Bad)}{Side}))";
}
