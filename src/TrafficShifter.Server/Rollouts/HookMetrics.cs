using System.Diagnostics.Metrics;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What hooks answer, and how long they take.</summary>
public sealed class HookMetrics
{
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _seconds;

    public HookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ServerMeter.Name);
        _attempts = meter.CreateCounter<long>("trafficshifter_hook_attempts_total", description: "Attempts to ask a hook of a plan, by outcome: passed, failed, error.");
        _seconds = meter.CreateHistogram<double>("trafficshifter_hook_seconds", description: "How long attempts to ask hooks took, until their answer or without one.");
    }

    public void Asked(string app, string hook, HookOutcome outcome)
    {
        _attempts.Add(1, new("app", app), new("hook", hook), new("outcome", outcome.GetType().Name.ToLowerInvariant()));
        _seconds.Record(outcome.Took.TotalSeconds, new KeyValuePair<string, object?>("app", app), new KeyValuePair<string, object?>("hook", hook));
    }
}
