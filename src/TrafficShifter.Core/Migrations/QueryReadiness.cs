using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What the answer to a query means.</summary>
public static class QueryReadiness
{
    private const int MaxReason = 300;

    /// <param name="answer">Asked of the colour being moved to.</param>
    /// <param name="other">Asked of the other one; null where the query need not be equal.</param>
    /// <param name="skew">The source's clock minus one's own.</param>
    public static Finding Judge(ReadinessQuery query, Colour to, QueryAnswer answer, QueryAnswer? other, TimeSpan skew)
    {
        if (skew.Duration() > Measuring.MaxClockSkew) return Unknown(query, $"the metric source's clock is {Words.Number(skew.TotalSeconds)} s away from this server's");
        if (FindProblem(answer) is { } problem) return Unknown(query, $"the query {problem}");
        if (other is not null && FindProblem(other) is { } otherProblem) return Unknown(query, $"the query of {to.Other().Word()} {otherProblem}");
        var value = ((QueryAnswer.Value)answer).Number;
        var beyond = value > query.Max || value < query.Min;
        if (beyond) return Find(query, Verdict.NotReady, $"{Words.Number(value)} is beyond {query.DescribeLimit()}", value);
        if (other is not QueryAnswer.Value { Number: var theirs }) return Find(query, Verdict.Ready, $"{Words.Number(value)} is within {query.DescribeLimit()}", value);
        return value == theirs
            ? Find(query, Verdict.Ready, $"{Words.Number(value)} on both colours", value)
            : Find(query, Verdict.NotReady, $"{Words.Number(value)} on {to.Word()}, {Words.Number(theirs)} on {to.Other().Word()}", value);
    }

    /// <summary>The source could not be asked.</summary>
    /// <param name="reason">Its own words.</param>
    public static Finding Unknown(ReadinessQuery query, string reason) =>
        new($"query/{query.Name}", Verdict.Unknown, $"{query.Name}: could not be asked: {(reason.Length <= MaxReason ? reason : reason[..MaxReason] + "…")}", null, query.DescribeLimit());

    private static Finding Find(ReadinessQuery query, Verdict verdict, string what, double value) =>
        new($"query/{query.Name}", verdict, $"{query.Name}: {what}", Words.Number(value), query.DescribeLimit());

    private static string? FindProblem(QueryAnswer answer) => answer switch
    {
        QueryAnswer.SeveralSeries several => $"returned {several.Count} series, not one: aggregate it, as with sum(…)",
        QueryAnswer.Refused refused => $"was refused: {refused.Reason}",
        QueryAnswer.NoData => "returned no data",
        QueryAnswer.Value { Number: var number } when !double.IsFinite(number) => $"returned {number}, which is not a number to compare",
        _ => null,
    };
}
