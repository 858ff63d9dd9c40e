using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Reads the judge of a plan, and says what is wrong with it.</summary>
internal static class JudgeReader
{
    public static JudgePlan Read(MemberReader json)
    {
        var defaults = new JudgePlan();
        var judge = new JudgePlan
        {
            Enabled = json.Flag("enabled", defaults.Enabled),
            Alpha = json.Number("alpha") ?? defaults.Alpha,
            K = json.Number("k") ?? defaults.K,
            Delta = json.Number("delta") ?? defaults.Delta,
            MarginFine = json.Number("marginFine"),
            MarginCoarse = json.Number("marginCoarse"),
            MarginLast = json.Number("marginLast"),
            MinDwell = json.Time("minDwell", defaults.MinDwell),
            MidDwell = json.Time("midDwell", defaults.MidDwell),
            MaxDwell = json.Has("maxDwell") ? json.Time("maxDwell", TimeSpan.Zero) : json.Skip<TimeSpan?>("maxDwell"),
            OnNoEvidence = json.OneOf("onNoEvidence", defaults.OnNoEvidence),
            Latency = json.Flag("latency", defaults.Latency),
            Absolute = json.Flag("absolute", defaults.Absolute),
            Queries = json.Part("queries", ReadQueries),
        };
        json.RefuseTheRest();
        return judge;
    }

    public static IEnumerable<PlanProblem> Check(Plan plan)
    {
        if (plan.Judge is not { } judge) yield break;
        // The rules of the constants name their field first: "alpha: 2 is not …".
        if (judge.ConstantsOf(plan, JudgeBaseline.Young(latency: true), new JudgeConstants().Tick).FindProblem() is { } problem)
        {
            var colon = problem.IndexOf(':', StringComparison.Ordinal);
            yield return new($"/judge/{problem[..colon]}", problem[(colon + 2)..]);
        }
        if (judge.MidDwell < judge.MinDwell) yield return new("/judge/midDwell", $"{Duration.Format(judge.MidDwell)} is below minDwell ({Duration.Format(judge.MinDwell)})");
        foreach (var found in CheckMaxDwell(plan, judge)) yield return found;
        if (plan.IsJudged && plan.Steps.All(s => s.Share == Share.All) && !plan.Checks.Any(CheckRules.IsEvidence))
            yield return new("/steps/0/share", "at 100% there is no stable traffic to compare with, so nothing would judge this plan: begin below 100%, or add a check that is enforced");
        if (judge.Queries is { ScrapeInterval: var interval } && (interval < TimeSpan.FromSeconds(1) || interval > JudgeQueries.MaxScrapeInterval))
            yield return new("/judge/queries/scrapeInterval", $"{Duration.Format(interval)} is not between 1s and {Duration.Format(JudgeQueries.MaxScrapeInterval)}");
        foreach (var (name, query) in judge.Queries?.All ?? [])
        {
            if (FindQueryProblem(query) is { } bad) yield return new($"/judge/queries/{name}", bad);
        }
    }

    private static IEnumerable<PlanProblem> CheckMaxDwell(Plan plan, JudgePlan judge)
    {
        if (judge.MaxDwell is not { } most) yield break;
        if (most < judge.MidDwell) yield return new("/judge/maxDwell", $"{Duration.Format(most)} is below midDwell ({Duration.Format(judge.MidDwell)})");
        else if (judge.OnNoEvidence != OnNoEvidence.Hold && most > plan.StepDeadline)
            yield return new("/judge/maxDwell", $"{Duration.Format(most)} is beyond stepDeadline ({Duration.Format(plan.StepDeadline)}): it would never come to that");
        else if (judge.OnNoEvidence == OnNoEvidence.Rollback && plan.Steps.FirstOrDefault(s => s.Hold > most) is { } step)
            yield return new("/judge/maxDwell", $"{Duration.Format(most)} is shorter than the step at {step.Share} holds ({Duration.Format(step.Hold)}): it would roll back before its time is over");
    }

    private static JudgeQueries ReadQueries(MemberReader json)
    {
        var queries = new JudgeQueries(json.Text("requests", required: true) ?? "", json.Text("bad", required: true) ?? "");
        queries = queries with { ScrapeInterval = json.Time("scrapeInterval", queries.ScrapeInterval) };
        json.RefuseTheRest();
        return queries;
    }

    private static string? FindQueryProblem(string query) =>
        query.Length > Analysis.Check.MaxQueryLength ? $"at most {Analysis.Check.MaxQueryLength} characters, not {query.Length}"
        : !QueryTemplate.TryParse(query, out var template, out var problem) ? problem
        : !template.TellsSides ? "asks the same of both colours: use {{colour}} or {{server}}"
        : !template.HasWindow ? "has no {{window}}: the judge counts one stretch of time after the other"
        : null;
}
