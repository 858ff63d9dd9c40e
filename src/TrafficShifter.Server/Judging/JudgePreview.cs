using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

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

    public async Task<JudgePreviewed> TryAsync(AppTraffic app, Rollout rollout, CancellationToken cancellationToken)
    {
        var (plan, routing) = (rollout.Plan.Judge!, app.Definition.Value!.Routing);
        try
        {
            if (plan.Queries is { } asked && await queries.FindFaultAsync(rollout, routing, asked, cancellationToken) is { } fault) return new JudgePreviewed(null, [], fault);
            var baseline = await baselines.ReadAsync(app, rollout, cancellationToken);
            var constants = plan.ConstantsOf(rollout.Plan, baseline, options.Tick);
            var isCounted = plan.Queries is not null || await metrics.QueryAsync(Receiving, cancellationToken) is QueryAnswer.Value { Number: > 0 };
            var unseen = plan.Queries is { } both ? await queries.FindUnseenAsync(rollout, routing, both, cancellationToken) : null;
            return new JudgePreviewed(new DryJudge(constants.Alpha, baseline.ErrorRatio, BaselineReport.Of(constants), baseline.Latency), [.. Warn(baseline, isCounted, unseen)]);
        }
        catch (MetricSourceUnavailableException away)
        {
            return new JudgePreviewed(null, [$"the judge's baseline could not be read: {away.Message}"]);
        }
    }

    private static IEnumerable<string> Warn(JudgeBaseline baseline, bool isCounted, string? unseen)
    {
        if (unseen is not null) yield return $"{unseen}; the rollout would not start before it does";
        if (!isCounted) yield return "no agent receives HAProxy's access log, as far as the metrics say: the rollout would not start before one does";
        if (baseline.IsYoung) yield return JudgeReport.YoungNote;
    }
}
