using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Tries a plan against the real nodes and the real metrics, before anything moves.</summary>
public sealed class RolloutPreflight(Achievability achievability, HookPreflight hooks, JudgePreview preview, MetricsWatch metrics)
{
    /// <summary>The dry run, or the problem with which the plan is refused.</summary>
    public async Task<(RolloutDryRun? DryRun, ProblemHttpResult? Refused)> TryAsync(AppTraffic traffic, Rollout rollout, CancellationToken cancellationToken)
    {
        var (plan, app) = (rollout.Plan, traffic.Definition.Value!);
        var errors = new Dictionary<string, string>();
        var steps = new List<DryStep>();
        foreach (var (step, index) in plan.Steps.Select((s, i) => (s, i)))
        {
            var green = rollout.To == Colour.Green ? step.Share : step.Share.Rest;
            var achievable = await achievability.PlanAsync(app, green, force: false, cancellationToken);
            if (achievable.FirstOrDefault(a => a.Refused) is { } refused) errors[$"/plan/steps/{index}/share"] = $"on node {refused.Node}: {refused.Problem}";
            steps.Add(new DryStep(step.Share, step.Hold, step.LeastTime(plan.Checks), step.Iterations ?? 1, [.. plan.Checks.Where(step.Asks).Select(c => c.Name)], [.. plan.Hooks.Where(h => h.Type != HookType.PostRollout && step.Asks(h)).Select(h => h.Name)], step.Gate, achievable));
        }
        var due = plan.Checks.Select(c => new DueCheck(c, c.Window)).ToList();
        var measured = await metrics.MeasureAsync(rollout, app.Routing, due, cancellationToken);
        foreach (var (measurement, index) in measured.Select((m, i) => (m, i)))
            if (measurement is Measurement.Error { IsQueryFault: true }) errors[$"/plan/checks/{index}/query"] = measurement.Sentence;
        var probes = await hooks.TryAsync(plan, cancellationToken);
        foreach (var (probe, index) in probes.Select((p, i) => (p, i)))
            if (probe.Refused) errors[$"/plan/hooks/{index}/url"] = probe.Sentence;
        if (errors.Count > 0) return (null, ApiProblem.Impossible(errors));
        var judge = plan.IsJudged ? await preview.TryAsync(traffic, rollout, cancellationToken) : null;
        if (judge?.Problem is { } wrong) return (null, ApiProblem.Impossible(new Dictionary<string, string> { ["/plan/judge/queries"] = wrong }));
        return (new RolloutDryRun(plan.Name, rollout.From, rollout.To, plan.LeastTime, steps, measured, probes, [.. Warn(steps, measured), .. judge?.Warnings ?? [], .. probes.Where(p => !p.Reached).Select(p => $"hook {p.Hook}: {p.Sentence}")], judge?.Judge), null);
    }

    private static IEnumerable<string> Warn(IReadOnlyList<DryStep> steps, IReadOnlyList<Measurement> measured)
    {
        if (steps.All(s => s.Achievable.Count == 0)) yield return "no node that answers has the application's backend: it is not known what can be achieved";
        foreach (var problem in steps.SelectMany(s => s.Achievable).Where(a => a.Problem is not null).Select(a => $"{a.Node}: {a.Problem}").Distinct()) yield return problem;
        foreach (var measurement in measured.Where(m => m is Measurement.Error)) yield return measurement.Sentence;
    }
}
