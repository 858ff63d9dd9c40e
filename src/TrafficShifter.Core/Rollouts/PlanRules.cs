using System.Text;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a plan must keep to, beyond its form.</summary>
internal static class PlanRules
{
    // A rollout's document holds the plan, and each query once more as it was last asked.
    private const int MaxQueryBytes = 32 * 1024;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static IReadOnlyList<PlanProblem> Check(Plan plan) =>
        [.. CheckSteps(plan), .. CheckChecks(plan), .. CheckClocks(plan), .. CheckName(plan)];

    private static IEnumerable<PlanProblem> CheckName(Plan plan)
    {
        if (plan.Name is { } name && !IsName(name, Plan.MaxNameLength)) yield return new("/name", NameRule("a plan's name"));
    }

    private static IEnumerable<PlanProblem> CheckSteps(Plan plan)
    {
        if (plan.Steps.Count == 0) yield return new("/steps", "a plan needs at least one step");
        if (plan.Steps.Count > Plan.MaxSteps) yield return new("/steps", $"at most {Plan.MaxSteps} steps, not {plan.Steps.Count}");
        for (var i = 0; i < plan.Steps.Count; i++)
        {
            var step = plan.Steps[i];
            if (step.Share == Share.None) yield return new($"/steps/{i}/share", "a step of 0% moves nothing");
            else if (i > 0 && step.Share <= plan.Steps[i - 1].Share)
                yield return new($"/steps/{i}/share", $"{step.Share} is not above the step before it ({plan.Steps[i - 1].Share}): shares rise from step to step");
            if (step.Hold < Step.MinHold || step.Hold > Step.MaxHold) yield return OutOfRange($"/steps/{i}/hold", step.Hold, Step.MinHold, Step.MaxHold);
            else if (FindTooLong(plan, step.Hold) is { } problem) yield return new($"/steps/{i}/hold", problem);
        }
    }

    private static string? FindTooLong(Plan plan, TimeSpan hold)
    {
        if (plan.Checks.FirstOrDefault(c => c.Window > hold) is { } wide)
            return $"{Duration.Format(hold)} is shorter than the window of check \"{wide.Name}\" ({Duration.Format(wide.Window)}): the step would end before the check saw it whole";
        return plan.Checks.FirstOrDefault(c => c.Interval > hold) is { } rare
            ? $"{Duration.Format(hold)} is shorter than the interval of check \"{rare.Name}\" ({Duration.Format(rare.Interval)})"
            : null;
    }

    private static IEnumerable<PlanProblem> CheckChecks(Plan plan)
    {
        if (plan.Checks.Count > Plan.MaxChecks) yield return new("/checks", $"at most {Plan.MaxChecks} checks, not {plan.Checks.Count}");
        if (!plan.Checks.Any(c => c.Mode == CheckMode.Enforce))
            yield return new("/checks", "no check is enforced: the rollout would end without evidence");
        var size = plan.Checks.Sum(c => Encoding.UTF8.GetByteCount(c.Query) + Encoding.UTF8.GetByteCount(c.SampleQuery ?? ""));
        if (size > MaxQueryBytes) yield return new("/checks", $"all queries together have at most {MaxQueryBytes} bytes, not {size}");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < plan.Checks.Count; i++)
        {
            if (!seen.Add(plan.Checks[i].Name)) yield return new($"/checks/{i}/name", $"there are two checks named \"{plan.Checks[i].Name}\"");
            foreach (var problem in CheckOne(plan.Checks[i], $"/checks/{i}")) yield return problem;
        }
    }

    private static IEnumerable<PlanProblem> CheckOne(Check check, string at)
    {
        if (!IsName(check.Name, Analysis.Check.MaxNameLength)) yield return new($"{at}/name", NameRule("a check's name"));
        if (FindQueryProblem(check.Query) is { } query) yield return new($"{at}/query", query);
        if (check.SampleQuery is { } sample && FindQueryProblem(sample) is { } sampleProblem) yield return new($"{at}/sampleQuery", sampleProblem);
        if (check is { Max: null, Min: null }) yield return new(at, "a check needs max, min or both");
        if (check.Max is { } max && !double.IsFinite(max)) yield return new($"{at}/max", "not a finite number");
        if (check.Min is { } min && !double.IsFinite(min)) yield return new($"{at}/min", "not a finite number");
        if (check.Min > check.Max) yield return new($"{at}/min", "min is above max: nothing could pass");
        if (check.Window < Analysis.Check.MinWindow || check.Window > Analysis.Check.MaxWindow)
            yield return OutOfRange($"{at}/window", check.Window, Analysis.Check.MinWindow, Analysis.Check.MaxWindow);
        if (check.Interval < Analysis.Check.MinInterval || check.Interval > Analysis.Check.MaxInterval)
            yield return OutOfRange($"{at}/interval", check.Interval, Analysis.Check.MinInterval, Analysis.Check.MaxInterval);
        if (check.FailuresInARow is < 1 or > Analysis.Check.MaxFailuresInARow)
            yield return new($"{at}/failuresInARow", $"1 to {Analysis.Check.MaxFailuresInARow}, not {check.FailuresInARow}");
        if (check.MinRequests is < 1) yield return new($"{at}/minRequests", $"1 or more, not {check.MinRequests}");
        if (check is { MinRequests: not null, SampleQuery: null }) yield return new($"{at}/minRequests", "needs a sampleQuery that counts the requests");
    }

    private static string? FindQueryProblem(string query) =>
        query.Length > Analysis.Check.MaxQueryLength
            ? $"at most {Analysis.Check.MaxQueryLength} characters, not {query.Length}"
            : QueryTemplate.FindProblem(query);

    private static IEnumerable<PlanProblem> CheckClocks(Plan plan)
    {
        var holds = plan.Steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Hold);
        if (plan.Deadline > Duration.Max || plan.Deadline < Step.MinHold) yield return OutOfRange("/deadline", plan.Deadline, Step.MinHold, Duration.Max);
        else if (plan.Deadline < holds) yield return new("/deadline", $"{Duration.Format(plan.Deadline)} is shorter than all holds together ({Duration.Format(holds)})");
        if (plan.Steps.FirstOrDefault(s => s.Hold > plan.StepDeadline) is { } step)
            yield return new("/stepDeadline", $"{Duration.Format(plan.StepDeadline)} is shorter than the hold of the step at {step.Share} ({Duration.Format(step.Hold)})");
        if (plan.NodeGrace < TimeSpan.Zero || plan.NodeGrace > Analysis.Check.MaxWindow)
            yield return OutOfRange("/nodeGrace", plan.NodeGrace, TimeSpan.Zero, Analysis.Check.MaxWindow);
        if (plan.MetricsOutage.After < TimeSpan.Zero || plan.MetricsOutage.After > Day)
            yield return OutOfRange("/metricsOutage/after", plan.MetricsOutage.After, TimeSpan.Zero, Day);
    }

    private static PlanProblem OutOfRange(string pointer, TimeSpan value, TimeSpan min, TimeSpan max) =>
        new(pointer, $"{Duration.Format(min)} to {Duration.Format(max)}, not {Duration.Format(value)}");

    private static bool IsName(string name, int maxLength) =>
        name.Length > 0 && name.Length <= maxLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string NameRule(string what) => $"{what} is 1 to {Plan.MaxNameLength} of a-z, A-Z, 0-9, '-', '_' and '.'";
}
