using System.Diagnostics.Metrics;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What the controller counts.</summary>
public sealed class RolloutMetrics
{
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _ended;

    public RolloutMetrics(IMeterFactory meters, ILeaderLease lease)
    {
        var meter = meters.Create(ServerMeter.Name);
        _decisions = meter.CreateCounter<long>("trafficshifter_rollout_decisions_total", description: "Decisions of rollouts that changed something, by kind.");
        _ended = meter.CreateCounter<long>("trafficshifter_rollouts_ended_total", description: "Rollouts that ended, by outcome.");
        meter.CreateObservableGauge("trafficshifter_leader", () => lease.Fence is null ? 0 : 1, description: "1 while this process drives the rollouts, else 0.");
    }

    public void Decided(string app, Decision decision, Rollout next)
    {
        _decisions.Add(1, new("app", app), new("kind", decision.Kind));
        if (next.Phase.IsEnd()) _ended.Add(1, new("app", app), new("outcome", next.Phase.ToString()));
    }
}
