using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Analysis;

/// <summary>A check made ready to be asked: its queries resolved for one app, colour and window.</summary>
/// <param name="SampleQuery">Null when the check counts no requests.</param>
public sealed record ResolvedCheck(Check Check, string Query, string? SampleQuery, TimeSpan Window)
{
    private const int MaxShown = 4_000;

    /// <summary>The query as documents keep it: a list of a thousand servers is cut.</summary>
    public string ShownQuery => Query.Length <= MaxShown ? Query : Query[..MaxShown] + "…";
}

/// <summary>Turns a check and what the metric source answered into a measurement.</summary>
public static class Measuring
{
    /// <summary>A metric source whose clock is further off than this measures another time than the one meant.</summary>
    public static readonly TimeSpan MaxClockSkew = TimeSpan.FromSeconds(2);

    /// <remarks>A figure of the agents' is asked from what they count for every application, on the slow scrape.</remarks>
    /// <exception cref="FormatException">A query of the check is not a template; plans with such a check are refused.</exception>
    public static ResolvedCheck Resolve(Check check, TemplateValues values) => new(
        check,
        QueryTemplate.Parse(check.Query ?? EvidenceQueries.Value(check, isCoarse: true)).Resolve(values),
        (check.Evidence is null ? check.CountedBy : EvidenceQueries.Requests(isCoarse: true)) is { } sample ? QueryTemplate.Parse(sample).Resolve(values) : null,
        values.Window);

    /// <param name="sample">The answer to the check's sample query; null when it has none.</param>
    /// <param name="skew">The source's clock minus one's own.</param>
    /// <remarks>
    /// 1. A clock that is off, then a refused query, are errors. 2. Too few requests are Insufficient, whatever the value.
    /// 3. No data means what the check says. 4. The value is compared with the limits; a value on the limit passes.
    /// </remarks>
    public static Measurement Measure(ResolvedCheck asked, QueryAnswer answer, QueryAnswer? sample, TimeSpan skew, DateTimeOffset at)
    {
        var check = asked.Check;
        // 1
        if (skew.Duration() > MaxClockSkew) return Error(asked, $"the metric source's clock is {Words.Number(skew.TotalSeconds)} s away from this server's (at most {MaxClockSkew.TotalSeconds} s)", at);
        if (FindProblem(answer) is { } problem) return Error(asked, $"the query {problem}", at, IsFault(answer));
        if (sample is not null && FindProblem(sample) is { } sampleProblem) return Error(asked, $"the sample query {sampleProblem}", at, IsFault(sample));
        var requests = sample switch { null => (double?)null, QueryAnswer.Value v => v.Number, _ => 0 };
        var value = (answer as QueryAnswer.Value)?.Number;
        // 2
        if (check.MinRequests is { } min && !(requests >= min))
            return Insufficient(asked, value, requests, $"{Words.Number(requests ?? 0)} requests of at least {min} needed", at);
        // 3
        if (value is null) return WithoutData(asked, requests, at);
        // 4
        var failed = value > check.Max || value < check.Min;
        var sentence = Sentence(asked, $"{Words.Number(value.Value)} is {(failed ? "beyond" : "within")} {check.DescribeLimit()}", requests);
        return failed
            ? new Measurement.Failed { Check = check.Name, Value = value, Limit = check.DescribeLimit(), Query = asked.ShownQuery, Window = asked.Window, Sample = requests, At = at, Sentence = sentence }
            : new Measurement.Passed { Check = check.Name, Value = value, Limit = check.DescribeLimit(), Query = asked.ShownQuery, Window = asked.Window, Sample = requests, At = at, Sentence = sentence };
    }

    /// <summary>The measurement of a check that could not be asked.</summary>
    /// <param name="reason">The source's own words.</param>
    public static Measurement Unreachable(ResolvedCheck asked, string reason, DateTimeOffset at) => Error(asked, reason, at);

    private static Measurement WithoutData(ResolvedCheck asked, double? requests, DateTimeOffset at)
    {
        var (check, limit) = (asked.Check, asked.Check.DescribeLimit());
        return check.NoData switch
        {
            NoDataRule.Hold => Insufficient(asked, null, requests, "the query returned no data", at),
            NoDataRule.Fail => new Measurement.Failed
            {
                Check = check.Name, Limit = limit, Query = asked.ShownQuery, Window = asked.Window, Sample = requests, At = at,
                Sentence = Sentence(asked, $"the query returned no data, which this check takes as a failure ({limit})", requests),
            },
            NoDataRule.Pass => new Measurement.Passed
            {
                Check = check.Name, Limit = limit, Query = asked.ShownQuery, Window = asked.Window, Sample = requests, At = at,
                Sentence = Sentence(asked, $"the query returned no data, which this check takes as a pass ({limit})", requests),
            },
            _ => throw new ArgumentOutOfRangeException(nameof(asked)),
        };
    }

    private static Measurement.Insufficient Insufficient(ResolvedCheck asked, double? value, double? requests, string why, DateTimeOffset at) => new()
    {
        Check = asked.Check.Name, Value = value, Limit = asked.Check.DescribeLimit(), Query = asked.ShownQuery, Window = asked.Window, Sample = requests, At = at,
        Sentence = $"{asked.Check.Name}: too little data: {why} in {TemplateValues.Render(asked.Window)}",
    };

    private static bool IsFault(QueryAnswer answer) => answer is QueryAnswer.SeveralSeries or QueryAnswer.Refused;

    private static Measurement.Error Error(ResolvedCheck asked, string why, DateTimeOffset at, bool isQueryFault = false) => new()
    {
        Check = asked.Check.Name, Limit = asked.Check.DescribeLimit(), Query = asked.ShownQuery, Window = asked.Window, At = at,
        Sentence = $"{asked.Check.Name}: could not be measured: {Shorten(why)}", IsQueryFault = isQueryFault,
    };

    private static string? FindProblem(QueryAnswer answer) => answer switch
    {
        QueryAnswer.SeveralSeries several => $"returned {several.Count} series, not one: aggregate it, as with sum(…)",
        QueryAnswer.Refused refused => $"was refused: {refused.Reason}",
        QueryAnswer.Value { Number: var number } when !double.IsFinite(number) => $"returned {number}, which is not a number to compare",
        _ => null,
    };

    private static string Sentence(ResolvedCheck asked, string what, double? requests) =>
        $"{asked.Check.Name}: {what} ({(requests is { } count ? $"{Words.Number(count)} requests in " : "over ")}{TemplateValues.Render(asked.Window)})";

    private static string Shorten(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
