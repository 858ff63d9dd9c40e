using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What the controller counts.</summary>
public sealed class RolloutMetrics
{
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _measurements;
    private readonly ILeaderLease _lease;
    private readonly ConcurrentDictionary<string, HoldReason> _holds = new();
    private readonly ConcurrentDictionary<(string App, string Check), double> _values = new();

    public RolloutMetrics(IMeterFactory meters, ILeaderLease lease)
    {
        var meter = meters.Create(ServerMeter.Name);
        _decisions = meter.CreateCounter<long>("trafficshifter_rollout_decisions_total", description: "Decisions of rollouts that changed something, by kind.");
        _ended = meter.CreateCounter<long>("trafficshifter_rollouts_ended_total", description: "Rollouts that ended, by outcome.");
        _lease = lease;
        _measurements = meter.CreateCounter<long>("trafficshifter_measurements_total", description: "Measurements of the checks of running rollouts, by outcome.");
        meter.CreateObservableGauge("trafficshifter_check_value", Values, description: "What a check of a running rollout returned last for the colour being moved to; gone with the rollout.");
        meter.CreateObservableGauge("trafficshifter_rollout_holds", Holds, description: "1 for what a running rollout waits for: time, checks, judge, nodes, servers, metrics, person, gate, standstill.");
        meter.CreateObservableGauge("trafficshifter_leader", () => lease.Fence is null ? 0 : 1, description: "1 while this process drives the rollouts, else 0.");
    }

    public void Holds(string app, HoldReason why) => _holds[app] = why;

    public void Measured(string app, IReadOnlyList<Measurement> measurements)
    {
        foreach (var measurement in measurements)
        {
            _measurements.Add(1, new("app", app), new("check", measurement.Check), new("outcome", measurement.GetType().Name.ToLowerInvariant()));
            if (measurement.Value is { } value) _values[(app, measurement.Check)] = value;
        }
    }

    /// <summary>Forgets what is known of an application's rollout: it ended, or this process drives it no more.</summary>
    public void Forget(string app)
    {
        _holds.TryRemove(app, out _);
        foreach (var key in _values.Keys.Where(k => k.App == app)) _values.TryRemove(key, out _);
    }

    public void Decided(string app, Decision decision, Rollout next)
    {
        _holds.TryRemove(app, out _);
        _decisions.Add(1, new("app", app), new("kind", decision.Kind));
        if (next.Phase.IsEnd()) _ended.Add(1, new("app", app), new("outcome", next.Phase.ToString()));
    }

    private IEnumerable<Measurement<double>> Values() =>
        _values.Select(v => new Measurement<double>(v.Value, new KeyValuePair<string, object?>("app", v.Key.App), new KeyValuePair<string, object?>("check", v.Key.Check)));

    private IEnumerable<Measurement<int>> Holds() => _holds
        .Where(_ => _lease.Fence is not null)
        .Select(h => new Measurement<int>(1, new KeyValuePair<string, object?>("app", h.Key), new KeyValuePair<string, object?>("why", JsonNamingPolicy.CamelCase.ConvertName(h.Value.ToString()))));
}
