using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a plan must keep to, beyond its form.</summary>
internal static class PlanRules
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static IReadOnlyList<PlanProblem> Check(Plan plan) =>
        [.. CheckSteps(plan), .. CheckRules.Of(plan), .. JudgeReader.Check(plan), .. HookRules.Of(plan), .. CheckClocks(plan), .. CheckName(plan)];

    public static PlanProblem OutOfRange(string pointer, TimeSpan value, TimeSpan min, TimeSpan max) =>
        new(pointer, $"{Duration.Format(min)} to {Duration.Format(max)}, not {Duration.Format(value)}");

    public static bool IsName(string name, int maxLength) =>
        name.Length > 0 && name.Length <= maxLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    public static string NameRule(string what) => $"{what} is 1 to {Plan.MaxNameLength} of a-z, A-Z, 0-9, '-', '_' and '.', a letter or digit first";

    private static IEnumerable<PlanProblem> CheckName(Plan plan)
    {
        if (plan.Name is { } name && !IsName(name, Plan.MaxNameLength)) yield return new("/name", NameRule("a plan's name"));
    }

    private static IEnumerable<PlanProblem> CheckSteps(Plan plan)
    {
        if (plan.Steps.Count == 0) yield return new("/steps", "a plan needs at least one step");
        if (plan.Steps.Count > Plan.MaxSteps)
        {
            yield return new("/steps", $"at most {Plan.MaxSteps} steps, not {(plan.Steps.Count > Plan.MaxSteps + 1 ? "more" : plan.Steps.Count)}");
            yield break;
        }
        for (var i = 0; i < plan.Steps.Count; i++)
        {
            var step = plan.Steps[i];
            if (step.Share == Share.None) yield return new($"/steps/{i}/share", "a step of 0% moves nothing");
            else if (i > 0 && step.Share <= plan.Steps[i - 1].Share)
                yield return new($"/steps/{i}/share", $"{step.Share} is not above the step before it ({plan.Steps[i - 1].Share}): shares rise from step to step");
            if (step.Auto && i > 0) yield return new($"/steps/{i}/share", "only the first step's share can be left to the traffic");
            foreach (var problem in CheckGate(step.Gate, $"/steps/{i}/gate")) yield return problem;
            foreach (var problem in CheckEvidence(plan, step, $"/steps/{i}")) yield return problem;
            if (step.Hold < Step.MinHold || step.Hold > Step.MaxHold) yield return OutOfRange($"/steps/{i}/hold", step.Hold, Step.MinHold, Step.MaxHold);
            else if (FindTooLong(plan, step) is { } problem) yield return new($"/steps/{i}/hold", problem);
        }
    }

    private static IEnumerable<PlanProblem> CheckGate(Gate? gate, string at)
    {
        if (gate is null) yield break;
        if (gate.Approvers is { Count: 0 }) yield return new($"{at}/approvers", "a gate with no approver would never open: name some, or leave it out for everybody");
        if (gate.Approvers is { } people && (people.Count > Gate.MaxApprovers || people.Any(p => p.Length is 0 or > Gate.MaxApproverLength)))
            yield return new($"{at}/approvers", $"up to {Gate.MaxApprovers} names of 1 to {Gate.MaxApproverLength} characters");
        if (gate.Expires < Gate.MinExpires || gate.Expires > Gate.MaxExpires) yield return OutOfRange($"{at}/expires", gate.Expires, Gate.MinExpires, Gate.MaxExpires);
    }

    private static IEnumerable<PlanProblem> CheckEvidence(Plan plan, Step step, string at)
    {
        if (step.Iterations is < 1 or > Step.MaxIterations) yield return new($"{at}/iterations", $"1 to {Step.MaxIterations}, not {step.Iterations}");
        if (step.Checks is not { } names) yield break;
        if (names.FirstOrDefault(n => plan.Checks.All(c => c.Name != n)) is { } unknown) yield return new($"{at}/checks", $"the plan has no check \"{unknown}\"");
        else if (!plan.IsJudged && !plan.Checks.Any(c => step.Asks(c) && CheckRules.IsEvidence(c)))
            yield return new($"{at}/checks", "none of them is enforced and needs data: the step would end without evidence");
    }

    private static string? FindTooLong(Plan plan, Step step)
    {
        var checks = plan.Checks.Where(step.Asks).ToList();
        if (checks.FirstOrDefault(c => c.Window > step.Hold) is { } wide)
            return $"{Duration.Format(step.Hold)} is shorter than the window of check \"{wide.Name}\" ({Duration.Format(wide.Window)}): the step would end before the check saw it whole";
        return checks.FirstOrDefault(c => c.Interval > step.Hold) is { } rare
            ? $"{Duration.Format(step.Hold)} is shorter than the interval of check \"{rare.Name}\" ({Duration.Format(rare.Interval)})"
            : null;
    }

    private static IEnumerable<PlanProblem> CheckClocks(Plan plan)
    {
        if (plan.Deadline > Duration.Max || plan.Deadline < Step.MinHold) yield return OutOfRange("/deadline", plan.Deadline, Step.MinHold, Duration.Max);
        else if (plan.Deadline < plan.LeastTime) yield return new("/deadline", $"{Duration.Format(plan.Deadline)} is shorter than all steps together ({Duration.Format(plan.LeastTime)})");
        if (plan.Steps.FirstOrDefault(s => s.LeastTime(plan.Checks) > plan.StepDeadline) is { } step)
            yield return new("/stepDeadline", $"{Duration.Format(plan.StepDeadline)} is shorter than the step at {step.Share} takes ({Duration.Format(step.LeastTime(plan.Checks))})");
        if (plan.NodeGrace < TimeSpan.Zero || plan.NodeGrace > Analysis.Check.MaxWindow)
            yield return OutOfRange("/nodeGrace", plan.NodeGrace, TimeSpan.Zero, Analysis.Check.MaxWindow);
        if (plan.MetricsOutage.After < TimeSpan.Zero || plan.MetricsOutage.After > Day)
            yield return OutOfRange("/metricsOutage/after", plan.MetricsOutage.After, TimeSpan.Zero, Day);
        if (plan.ControllerLoss.After < ControllerLoss.MinAfter || plan.ControllerLoss.After > Day)
            yield return OutOfRange("/controllerLoss/after", plan.ControllerLoss.After, ControllerLoss.MinAfter, Day);
    }
}
