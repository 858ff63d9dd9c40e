using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using TrafficShifter.Core.Events;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Events;

/// <summary>What is told and what is not.</summary>
public sealed class EventMetrics
{
    private readonly ConcurrentDictionary<string, int> _pending = new();
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _dead;

    public EventMetrics(IMeterFactory meters, EventStreams streams)
    {
        var meter = meters.Create(ServerMeter.Name);
        _attempts = meter.CreateCounter<long>("trafficshifter_delivery_attempts_total", description: "Attempts to tell a sink an event, by outcome: delivered, refused, failed.");
        _dead = meter.CreateCounter<long>("trafficshifter_dead_letters_total", description: "Events that a sink was not told and never will be.");
        meter.CreateObservableGauge("trafficshifter_deliveries_pending", () => _pending.Select(p => new Measurement<int>(p.Value, new KeyValuePair<string, object?>("sink", p.Key))), description: "Events that a sink has not been told yet, on the controller that leads.");
        meter.CreateObservableGauge("trafficshifter_event_streams", () => streams.Count, description: "Streams of events that are open.");
    }

    public void Pending(string sink, int count) => _pending[sink] = count;

    /// <summary>This process does not tell the sink any more.</summary>
    public void Forget(string sink) => _pending.TryRemove(sink, out _);

    public void Attempted(string sink, DeliveryOutcome outcome, int dead)
    {
        _attempts.Add(1, new("sink", sink), new("outcome", outcome.GetType().Name.ToLowerInvariant()));
        if (dead > 0) _dead.Add(dead, new KeyValuePair<string, object?>("sink", sink));
    }
}

/// <summary>How many streams of events are open here.</summary>
public sealed class EventStreams
{
    /// <summary>Most streams of one process: each holds a connection and up to 64 KiB that its reader has not taken.</summary>
    public const int Most = 200;

    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>False: there are as many as there may be.</summary>
    public bool TryOpen()
    {
        if (Interlocked.Increment(ref _count) <= Most) return true;
        Close();
        return false;
    }

    public void Close() => Interlocked.Decrement(ref _count);
}
