using System.Globalization;
using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Judging;

/// <summary>Verdicts in words for people who know no statistics.</summary>
public static class JudgeWords
{
    /// <summary>What the judge says and on which counts, as one sentence.</summary>
    /// <param name="candidate">What the candidate is called: a colour.</param>
    /// <param name="stable">What the stable side is called.</param>
    public static string Describe(JudgeVerdict verdict, JudgeConstants constants, string candidate, string stable) => verdict.Reason switch
    {
        JudgeReason.Worse => $"{candidate} is worse than {stable}: {Blame(verdict)}; by chance alone at most one rollout in {Odds(verdict.PAnytime)} would ever look like this",
        JudgeReason.Suspicion => $"{candidate} looks worse than {stable}, not yet beyond doubt: {Counts(verdict.Total)}",
        JudgeReason.StableUnhealthy => $"{stable} fails more than usual by itself, so that the two cannot be compared: {Side(verdict.LastMinute.StableBad, verdict.LastMinute.StableRequests)} in the last minute, where at most {Words.Number(100 * constants.P0)} % are usual",
        JudgeReason.NoTraffic => $"no request reaches {candidate}, though {stable} gets many",
        JudgeReason.Stale => "no new counts of requests have come",
        JudgeReason.NotWorse => $"{candidate} is at most {Points(constants.MarginFine)} worse than {stable}: {Counts(verdict.Total)}",
        JudgeReason.NotMuchWorse => $"{candidate} is at most {Points(verdict.Step == constants.Steps ? constants.MarginLast : constants.MarginCoarse)} worse than {stable}: {Counts(verdict.Total)}",
        JudgeReason.NoEvidence => $"the step's longest time is over without enough evidence that {candidate} is not worse than {stable}: {Progress(verdict)}; {Counts(verdict.Total)}",
        JudgeReason.TooEarly => $"nothing bad so far, the step is only {verdict.Dwell.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s old: {Progress(verdict)}",
        _ => $"nothing bad so far, more evidence is needed: {Progress(verdict)}",
    };

    /// <summary>The difference with its bounds: <c>+0.3 points (0.1 to 1), at 95 %</c>, or how far one can say anything.</summary>
    public static string Describe(DifferenceInterval interval, SideCounts total)
    {
        var range = (interval.Lower, interval.Upper) switch
        {
            (null, null) => "nothing can be said yet",
            ({ } lower, null) => $"higher by more than {Points(lower)}",
            (null, { } upper) => upper == 0 ? "not higher" : $"less than {Points(upper)} higher",
            ({ } lower, { } upper) => $"higher by {Points(lower)} to {Points(upper)}",
        };
        return Difference(total) is { } seen ? string.Create(CultureInfo.InvariantCulture, $"{(seen > 0 ? "+" : "")}{Words.Number(Math.Round(100 * seen, 4))} points seen; {range} (95 %)") : range;
    }

    /// <summary>Candidate's error ratio minus the stable side's; null without requests of both.</summary>
    public static double? Difference(SideCounts total) =>
        total is { CandidateRequests: > 0, StableRequests: > 0 } ? total.CandidateBad / (double)total.CandidateRequests - total.StableBad / (double)total.StableRequests : null;

    /// <summary><c>214 of about 500 requests</c>.</summary>
    public static string Progress(JudgeVerdict verdict) => verdict.MissingRequests switch
    {
        { } missing and > 0 => string.Create(CultureInfo.InvariantCulture, $"{verdict.Total.CandidateRequests} of about {TwoDigits(verdict.Total.CandidateRequests + missing)} requests"),
        0 => $"{Words.Count(verdict.Total.CandidateRequests, "request")}, enough",
        _ => $"{Words.Count(verdict.Total.CandidateRequests, "request")} so far",
    };

    private static string Blame(JudgeVerdict verdict) =>
        Math.Max(verdict.ESlow50, Math.Max(verdict.ESlow90, verdict.ESlow99)) > Math.Max(verdict.ERelative, verdict.EAbsolute) ? "more of its requests are slow" : Counts(verdict.Total);

    private static string Counts(SideCounts total) => $"{Side(total.CandidateBad, total.CandidateRequests)} against {Side(total.StableBad, total.StableRequests)}";

    private static string Side(long bad, long requests) =>
        requests == 0 ? "no request" : string.Create(CultureInfo.InvariantCulture, $"{Words.Number(100.0 * bad / requests)} % bad of {Words.Count(requests, "request")}");

    private static string Points(double part) => Words.Number(100 * part) is var points && points == "1" ? "1 point" : $"{points} points";

    private static string Odds(double p) => p <= 1e-6 ? "a million" : Words.Number(Math.Floor(1 / p));

    private static long TwoDigits(long about)
    {
        var unit = 1L;
        while (about / unit >= 100) unit *= 10;
        return (about + unit - 1) / unit * unit;
    }
}
