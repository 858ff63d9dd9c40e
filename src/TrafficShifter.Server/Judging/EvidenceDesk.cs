using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>What the evidence of all rollouts has in common, and where each gets its own.</summary>
public sealed class EvidenceDesk(TileReader tiles, BaselineReader baselines, JudgeCheckpoints checkpoints, IMetricSource metrics, MetricsWatch watch, JudgeOptions options, ILogger<RolloutEvidence> logger)
{
    public RolloutEvidence Open(RolloutId id) => new(id, tiles, baselines, checkpoints, new QueryCounts(metrics, watch, options), watch, options, logger);
}
