using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What the judge last said of a rollout, with all that explains it to people.</summary>
public sealed record JudgeReport
{
    /// <summary>Shown where there is too little history.</summary>
    public const string YoungNote = "young baseline: there are less than 30 minutes of history, so cautious figures are taken and the fixed ceiling is not used";

    public required JudgeAction Action { get; init; }

    public required JudgeReason Reason { get; init; }

    /// <summary>What it says and on which counts, as one sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>The step that it speaks of, from 1; 0 before the first counts.</summary>
    public required int Step { get; init; }

    /// <summary>Evidence against the candidate; 1 is none. At <see cref="Needed"/> it rolls back.</summary>
    public required double Evidence { get; init; }

    /// <summary>One by the alpha that holds now.</summary>
    public required double Needed { get; init; }

    /// <summary>How likely at most a candidate that is as good as the stable side would have looked this bad at any time so far.</summary>
    public required double P { get; init; }

    /// <summary>The most that a candidate as good as the stable side is rolled back. Halved by each loss of the judge's state.</summary>
    public required double Alpha { get; init; }

    /// <summary>Everything counted since the rollout began. Targeted requests are not in it.</summary>
    public required SideReport Candidate { get; init; }

    public required SideReport Stable { get; init; }

    /// <summary>Targeted requests since the rollout began, or since the controller took over: no part of the verdict.</summary>
    public TargetedReport Targeted { get; init; } = new(default, default);

    public DifferenceReport? Difference { get; init; }

    /// <summary>About how many candidate requests more it takes to go on if the candidate is as good; null when that cannot be said.</summary>
    public long? MissingRequests { get; init; }

    /// <summary>The same in words: <c>214 of about 500 requests</c>.</summary>
    public required string Progress { get; init; }

    /// <summary>The latency comparisons, each with its bound and its evidence.</summary>
    public IReadOnlyList<LatencyReport> Latency { get; init; } = [];

    public required BaselineReport Baseline { get; init; }

    /// <summary>How often the state was lost in this rollout.</summary>
    public int Losses { get; init; }

    /// <summary>End of the latest counts, by the metric source's clock; null before the first.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why the latest counts were no evidence, as a sentence; null when they were.</summary>
    public string? Problem { get; init; }

    /// <summary>What people should know of the judge beside its verdict, as sentences: a young baseline, a lost state.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <param name="targeted">Of both colours, since this process drives the rollout.</param>
    public static JudgeReport Of(Judge judge, JudgeVerdict verdict, Rollout rollout, TargetedReport targeted, string? problem) => new()
    {
        Action = verdict.Action,
        Reason = verdict.Reason,
        Sentence = JudgeWords.Describe(verdict, judge.Constants, rollout.To.Word(), rollout.From.Word()),
        Step = verdict.Step,
        Evidence = Shown(verdict.E),
        Needed = 1 / judge.Alpha,
        P = Shown(verdict.PAnytime),
        Alpha = judge.Alpha,
        Candidate = SideReport.Of(verdict.Total.CandidateRequests, verdict.Total.CandidateBad),
        Stable = SideReport.Of(verdict.Total.StableRequests, verdict.Total.StableBad),
        Targeted = targeted,
        Difference = judge.Interval is { } interval ? new DifferenceReport(JudgeWords.Describe(interval, verdict.Total), Round(JudgeWords.Difference(verdict.Total)), interval.Lower, interval.Upper) : null,
        MissingRequests = verdict.MissingRequests,
        Progress = JudgeWords.Progress(verdict),
        Latency = [.. judge.Constants.Latency.Select(t => new LatencyReport(t.Quantile, Shown(t.Quantile switch { LatencyQuantile.P50 => verdict.ESlow50, LatencyQuantile.P90 => verdict.ESlow90, _ => verdict.ESlow99 }), t.AboveSeconds))],
        Baseline = BaselineReport.Of(judge.Constants),
        Losses = judge.Losses,
        Until = judge.LastSample,
        Problem = problem,
        Notes = [.. NotesOf(judge)],
    };

    private static IEnumerable<string> NotesOf(Judge judge)
    {
        if (judge.Constants.YoungBaseline) yield return YoungNote;
        if (judge.Losses > 0) yield return string.Create(CultureInfo.InvariantCulture, $"the judge's state was lost {(judge.Losses == 1 ? "once" : $"{judge.Losses} times")}: it began anew with alpha {judge.Alpha}, so that the whole stays below {2 * judge.Constants.Alpha}");
    }

    // A document is read by people: four digits say as much.
    internal static double Shown(double value) => double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static double? Round(double? value) => value is { } known ? Shown(known) : null;
}

/// <param name="ErrorRatio">Null without requests.</param>
public sealed record SideReport(long Requests, long Bad, double? ErrorRatio = null)
{
    public static SideReport Of(long requests, long bad) => new(requests, bad, requests == 0 ? null : Math.Round((double)bad / requests, 6));
}

/// <summary>Targeted requests of both colours.</summary>
public sealed record TargetedReport(TargetedCounts Candidate, TargetedCounts Stable);

/// <summary>Candidate's error ratio minus the stable side's, with bounds that hold at 95 % however often one looks.</summary>
/// <param name="Seen">Null without requests of both.</param>
/// <param name="Above">It is more than this; null while that cannot be said.</param>
/// <param name="Below">It is less than this; null while that cannot be said.</param>
public sealed record DifferenceReport(string Sentence, double? Seen = null, double? Above = null, double? Below = null);

/// <param name="Evidence">That more of the candidate's are slow; 1 is none.</param>
/// <param name="AboveSeconds">Requests that take longer are slow; null while the bound is not chosen.</param>
public sealed record LatencyReport(LatencyQuantile Quantile, double Evidence, double? AboveSeconds = null);

/// <summary>What the judge takes from the history.</summary>
/// <param name="IsYoung">There was too little of it.</param>
/// <param name="ErrorsPerIncident">Over-dispersion: how many errors come together.</param>
/// <param name="Ceiling">The error ratio that a healthy side does not exceed.</param>
public sealed record BaselineReport(bool IsYoung, double ErrorsPerIncident, double Ceiling, double MarginFine, double MarginCoarse, double MarginLast)
{
    public static BaselineReport Of(JudgeConstants constants) => new(
        constants.YoungBaseline, JudgeReport.Shown(constants.Phi), JudgeReport.Shown(constants.P0), JudgeReport.Shown(constants.MarginFine), JudgeReport.Shown(constants.MarginCoarse), JudgeReport.Shown(constants.MarginLast));
}
