using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Migrations;

/// <summary>What the controller counts of migrations. The series of one are gone with its end.</summary>
public sealed class MigrationMetrics
{
    private readonly ConcurrentDictionary<string, MoveCounts> _counts = new();
    private readonly ConcurrentDictionary<string, MigrationPhase> _phases = new();
    private readonly ILeaderLease _lease;

    public MigrationMetrics(IMeterFactory meters, ILeaderLease lease)
    {
        _lease = lease;
        var meter = meters.Create(ServerMeter.Name);
        meter.CreateObservableGauge("trafficshifter_migration_apps", Apps, description: "Applications of a migration that holds some, by how far they are: waiting, notReady, moving, moved, rolledBack, skipped, failed.");
        meter.CreateObservableGauge("trafficshifter_migration_phase", Phases, description: "1 for the phase of a migration that holds applications: starting, running, paused, stopped, ending.");
    }

    public void Counted(string migration, IReadOnlyList<Move> moves) => _counts[migration] = MoveCounts.Of(moves);

    public void Advanced(string migration, Migration next) => _phases[migration] = next.Phase;

    public void Forget(string migration)
    {
        _counts.TryRemove(migration, out _);
        _phases.TryRemove(migration, out _);
    }

    private IEnumerable<Measurement<int>> Apps() => _counts.Where(_ => _lease.Fence is not null).SelectMany(c => new[]
    {
        Of(c.Key, c.Value.Waiting, "waiting"), Of(c.Key, c.Value.NotReady, "notReady"), Of(c.Key, c.Value.Moving, "moving"), Of(c.Key, c.Value.Moved, "moved"),
        Of(c.Key, c.Value.RolledBack, "rolledBack"), Of(c.Key, c.Value.Skipped, "skipped"), Of(c.Key, c.Value.Failed, "failed"),
    });

    private IEnumerable<Measurement<int>> Phases() => _phases.Where(_ => _lease.Fence is not null).Select(p => Of(p.Key, 1, JsonNamingPolicy.CamelCase.ConvertName(p.Value.ToString())));

    private static Measurement<int> Of(string migration, int value, string phase) => new(value, new KeyValuePair<string, object?>("migration", migration), new KeyValuePair<string, object?>("phase", phase));
}
