using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Evacuations;

/// <summary>What the controller that leads counts of evacuations.</summary>
public sealed class EvacuationMetrics
{
    private readonly ConcurrentDictionary<Colour, ColourStanding> _standing = new();
    private readonly ILeaderLease _lease;

    public EvacuationMetrics(IMeterFactory meters, ILeaderLease lease)
    {
        _lease = lease;
        var meter = meters.Create(ServerMeter.Name);
        meter.CreateObservableGauge("trafficshifter_evacuation_applications", Count, description: "Applications of an evacuation that is on, by how they stand: evacuated, leaving, left, returning, notRestored.");
        meter.CreateObservableGauge("trafficshifter_evacuation_empty", Empty, description: "1 while nobody is on an evacuated colour on any node, else 0; gone when nothing is evacuated.");
    }

    public void Note(ColourStanding standing) => _standing[standing.Colour] = standing;

    public void Forget(Colour colour) => _standing.TryRemove(colour, out _);

    private IEnumerable<Measurement<int>> Count() => Led().SelectMany(s => new[]
    {
        Of(s, "evacuated", s.Evacuated), Of(s, "leaving", s.Leaving), Of(s, "left", s.Left.Count), Of(s, "returning", s.Returning.Count), Of(s, "notRestored", s.NotRestored.Count),
    });

    private IEnumerable<Measurement<int>> Empty() => Led().Select(s => new Measurement<int>(s.QuietSince is null ? 0 : 1, new KeyValuePair<string, object?>("colour", s.Colour.Word())));

    private IEnumerable<ColourStanding> Led() => _lease.Fence is null ? [] : _standing.Values;

    private static Measurement<int> Of(ColourStanding standing, string how, int count) => new(count, new("colour", standing.Colour.Word()), new("is", how));
}
