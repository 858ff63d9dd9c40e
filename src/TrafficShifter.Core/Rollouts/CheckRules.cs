using System.Text;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What the checks of a plan must keep to, beyond their form.</summary>
internal static class CheckRules
{
    // A rollout's document holds the plan, and each query once more as it was last asked.
    private const int MaxQueryBytes = 32 * 1024;

    public static IEnumerable<PlanProblem> Of(Plan plan)
    {
        if (plan.Checks.Count > Plan.MaxChecks) yield return new("/checks", $"at most {Plan.MaxChecks} checks, not {plan.Checks.Count}");
        if (!plan.IsJudged && !plan.Checks.Any(c => c.Mode == CheckMode.Enforce))
            yield return new("/checks", "no check is enforced and there is no judge: the rollout would end without evidence");
        else if (!plan.IsJudged && !plan.Checks.Any(IsEvidence))
            yield return new("/checks", "every enforced check takes no data for a pass: the rollout could end without evidence");
        var size = plan.Checks.Sum(c => Encoding.UTF8.GetByteCount(c.Query ?? "") + Encoding.UTF8.GetByteCount(c.SampleQuery ?? ""));
        if (size > MaxQueryBytes) yield return new("/checks", $"all queries together have at most {MaxQueryBytes} bytes, not {size}");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < plan.Checks.Count; i++)
        {
            if (!seen.Add(plan.Checks[i].Name)) yield return new($"/checks/{i}/name", $"there are two checks named \"{plan.Checks[i].Name}\"");
            foreach (var problem in Of(plan.Checks[i], $"/checks/{i}")) yield return problem;
        }
    }

    /// <summary>Its pass says that something was measured.</summary>
    public static bool IsEvidence(Check check) => check.Mode == CheckMode.Enforce && (check.NoData != NoDataRule.Pass || check.MinRequests is not null);

    private static IEnumerable<PlanProblem> Of(Check check, string at)
    {
        if (!PlanRules.IsName(check.Name, Check.MaxNameLength)) yield return new($"{at}/name", PlanRules.NameRule("a check's name"));
        foreach (var problem in OfSource(check, at)) yield return problem;
        if (check.SampleQuery is { } sample && FindQueryProblem(sample) is { } sampleProblem) yield return new($"{at}/sampleQuery", sampleProblem);
        if (check is { Max: null, Min: null, MaxTimesStable: null }) yield return new(at, "a check needs max, min or both");
        if (check.Max is { } max && !double.IsFinite(max)) yield return new($"{at}/max", "not a finite number");
        if (check.Min is { } min && !double.IsFinite(min)) yield return new($"{at}/min", "not a finite number");
        if (check.Min > check.Max) yield return new($"{at}/min", "min is above max: nothing could pass");
        if (check.Window < Check.MinWindow || check.Window > Check.MaxWindow)
            yield return PlanRules.OutOfRange($"{at}/window", check.Window, Check.MinWindow, Check.MaxWindow);
        if (check.Interval < Check.MinInterval || check.Interval > Check.MaxInterval)
            yield return PlanRules.OutOfRange($"{at}/interval", check.Interval, Check.MinInterval, Check.MaxInterval);
        if (check.FailuresInARow is < 1 or > Check.MaxFailuresInARow)
            yield return new($"{at}/failuresInARow", $"1 to {Check.MaxFailuresInARow}, not {check.FailuresInARow}");
        if (check.PassesInARow is < 1 or > Check.MaxPassesInARow) yield return new($"{at}/passesInARow", $"1 to {Check.MaxPassesInARow}, not {check.PassesInARow}");
        foreach (var problem in OfOutcomes(check, at)) yield return problem;
        if (check.MinRequests is < 1) yield return new($"{at}/minRequests", $"1 or more, not {check.MinRequests}");
    }

    private static IEnumerable<PlanProblem> OfSource(Check check, string at)
    {
        if (check is { Query: null, Evidence: null }) yield return new($"{at}/query", $"is missing; without one there are {string.Join(", ", EvidenceChecks.Names)}");
        else if (check is { Query: not null, Evidence: not null }) yield return new($"{at}/evidence", "a check has a query or a figure of the evidence, not both");
        if (check.Query is { } query && FindQueryProblem(query) is { } queryProblem) yield return new($"{at}/query", queryProblem);
        if (check is { Evidence: not null, SampleQuery: not null }) yield return new($"{at}/sampleQuery", "the agents count the requests: leave it out");
        if (check.MaxTimesStable is not { } times) yield break;
        if (check.Evidence is not (EvidenceKind.LatencyP50 or EvidenceKind.LatencyP90 or EvidenceKind.LatencyP99)) yield return new($"{at}/maxTimesStable", "is for the latencies of the evidence: latency-p50, latency-p90, latency-p99");
        if (times is not (> 1 and <= Check.MaxMultiple)) yield return new($"{at}/maxTimesStable", $"above 1 and up to {Check.MaxMultiple}, not {Words.Number(times)}");
    }

    private static IEnumerable<PlanProblem> OfOutcomes(Check check, string at)
    {
        if (FindCountProblem(check.FailuresInStep) is { } failures) yield return new($"{at}/failuresInStep", failures);
        else if (check.FailuresInStep < check.FailuresInARow) yield return new($"{at}/failuresInStep", $"{check.FailuresInStep} is below failuresInARow ({check.FailuresInARow}), which could then never be reached");
        if (check.Errors?.Do == OutcomeAction.Rollback) yield return new($"{at}/errors/do", "a measurement that could not be made says nothing of the new side: hold or pause");
        foreach (var (name, rule) in new[] { ("insufficient", check.Insufficient), ("errors", check.Errors) })
        {
            if (rule is null) continue;
            if (FindCountProblem(rule.InARow) is { } row) yield return new($"{at}/{name}/inARow", row);
            if (FindCountProblem(rule.InStep) is { } step) yield return new($"{at}/{name}/inStep", step);
            if (rule is { InARow: null, InStep: null }) yield return new($"{at}/{name}", "needs inARow, inStep or both");
        }
    }

    private static string? FindCountProblem(int? count) => count is < 1 or > OutcomeRule.MaxCount ? $"1 to {OutcomeRule.MaxCount}, not {count}" : null;

    private static string? FindQueryProblem(string query) =>
        query.Length > Check.MaxQueryLength
            ? $"at most {Check.MaxQueryLength} characters, not {query.Length}"
            : QueryTemplate.FindProblem(query);
}
