using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>What a judge would begin with.</summary>
/// <param name="ErrorRatio">The stable side's, over the last six hours.</param>
/// <param name="Latency">The bounds above which an answer is slow; none in a young baseline.</param>
public sealed record DryJudge(double Alpha, double ErrorRatio, BaselineReport Baseline, IReadOnlyList<LatencyTest> Latency);

/// <param name="Problem">Why the plan's queries cannot feed a judge; null when they can, or nobody knows.</param>
public sealed record JudgePreviewed(DryJudge? Judge, IReadOnlyList<string> Warnings, string? Problem = null);

/// <summary>Tries a plan's judge before anything moves: its baseline, and whether anybody counts.</summary>
public sealed class JudgePreview(BaselineReader baselines, QueryCounts queries, IMetricSource metrics, JudgeOptions options)
{
    private const string Receiving = $"sum({Core.Analysis.EvidenceSeries.Receiving})";

    public async Task<JudgePreviewed> TryAsync(Rollout rollout, Routing routing, CancellationToken cancellationToken)
    {
        var plan = rollout.Plan.Judge!;
        try
        {
            if (plan.Queries is { } asked && await queries.FindFaultAsync(rollout, routing, asked, cancellationToken) is { } fault) return new JudgePreviewed(null, [], fault);
            var baseline = await baselines.ReadAsync(rollout.App, routing, rollout.From, plan, cancellationToken);
            var constants = plan.ConstantsOf(rollout.Plan, baseline, options.Tick);
            var isCounted = plan.Queries is not null || await metrics.QueryAsync(Receiving, cancellationToken) is QueryAnswer.Value { Number: > 0 };
            return new JudgePreviewed(new DryJudge(constants.Alpha, baseline.ErrorRatio, BaselineReport.Of(constants), baseline.Latency), [.. Warn(baseline, isCounted)]);
        }
        catch (MetricSourceUnavailableException away)
        {
            return new JudgePreviewed(null, [$"the judge's baseline could not be read: {away.Message}"]);
        }
    }

    private static IEnumerable<string> Warn(JudgeBaseline baseline, bool isCounted)
    {
        if (!isCounted) yield return "no agent receives HAProxy's access log, as far as the metrics say: the rollout would not start before one does";
        if (baseline.IsYoung) yield return JudgeReport.YoungNote;
    }
}
