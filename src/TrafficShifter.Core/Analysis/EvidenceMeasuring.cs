using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Analysis;

/// <summary>Turns what the agents counted into a measurement, by the same rules as a query's answer.</summary>
public static class EvidenceMeasuring
{
    /// <param name="values">Of the candidate; with the time that was really counted as its window.</param>
    /// <param name="candidate">What was counted of the colour being moved to.</param>
    /// <param name="stable">What was counted of the stable colour in the same time.</param>
    public static Measurement Measure(Check check, TemplateValues values, ColourCounts candidate, ColourCounts stable, DateTimeOffset at)
    {
        if (check.MaxTimesStable is null) return Measure(check, values, candidate, stable, at, check);
        if (Find(check, stable) is not { } theirs) return WithoutStable(check, values, candidate.Requests, at);
        return Measure(LimitBy(check, theirs), values, candidate, stable, at, check) with { Stable = theirs };
    }

    /// <summary>The check with a multiple of the stable side's figure as its limit.</summary>
    public static Check LimitBy(Check check, double stable)
    {
        var most = (check.MaxTimesStable ?? 1) * stable + Check.LatencySlack;
        return check with { Max = check.Max < most ? check.Max : most, MaxTimesStable = null, BothSides = false };
    }

    /// <summary>Of a stable side that answers nothing there is no multiple: the candidate's figure is neither good nor bad.</summary>
    public static Measurement WithoutStable(Check check, TemplateValues values, double? requests, DateTimeOffset at) =>
        Insufficient(check, values, requests, "nothing to compare with on the stable side", at);

    /// <summary>The measurement of a stretch that is not known whole: what is missing may be what failed.</summary>
    public static Measurement Incomplete(Check check, TemplateValues values, string why, DateTimeOffset at) => Insufficient(check, values, null, why, at);

    private static Measurement Measure(Check check, TemplateValues values, ColourCounts candidate, ColourCounts stable, DateTimeOffset at, Check asked)
    {
        var measured = MeasureSide(check, values, candidate, at, asked);
        if (measured is not Measurement.Failed failed || !BothSides.IsAsked(check)) return measured;
        return BothSides.Compare(check, failed, MeasureSide(check, values with { Colour = values.Stable, Stable = values.Colour }, stable, at, asked), values.Stable);
    }

    private static Measurement MeasureSide(Check check, TemplateValues values, ColourCounts side, DateTimeOffset at, Check asked)
    {
        var resolved = new ResolvedCheck(check, Resolve(asked, values), "", values.Window);
        QueryAnswer answer = Find(check, side) is { } value ? new QueryAnswer.Value(value, at) : new QueryAnswer.NoData();
        return Measuring.Measure(resolved, answer, new QueryAnswer.Value(side.Requests, at), TimeSpan.Zero, at);
    }

    private static double? Find(Check check, ColourCounts side) => check.Evidence switch
    {
        EvidenceKind.ErrorRatio => side.ErrorRatio,
        EvidenceKind.Availability => 1 - side.ErrorRatio,
        { } latency => side.Latency.Quantile(EvidenceChecks.PartOf(latency)!.Value),
        null => throw new ArgumentException($"{check.Name} has a query of its own", nameof(check)),
    };

    private static Measurement.Insufficient Insufficient(Check check, TemplateValues values, double? requests, string why, DateTimeOffset at) => new()
    {
        Check = check.Name, Limit = check.DescribeLimit(), Query = Resolve(check, values), Window = values.Window, Sample = requests, At = at,
        Sentence = $"{check.Name}: too little data: {why}",
    };

    /// <summary>What a person may ask to see about the same.</summary>
    private static string Resolve(Check check, TemplateValues values) => QueryTemplate.Parse(EvidenceQueries.Value(check, isCoarse: false)).Resolve(values);
}
