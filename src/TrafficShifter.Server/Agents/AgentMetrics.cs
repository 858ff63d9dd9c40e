using System.Diagnostics.Metrics;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Agents;

/// <summary>What the agents count.</summary>
public sealed class AgentMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _drift = Meter(meters).CreateCounter<long>(
        "trafficshifter_weight_drift_total", description: "Times that weights or rows were found changed by somebody else and were put right.");

    private readonly Counter<long> _processes = Meter(meters).CreateCounter<long>(
        "trafficshifter_haproxy_process_changes_total", description: "Times that HAProxy was found to be another process: reloads and restarts.");

    private readonly Counter<long> _commands = Meter(meters).CreateCounter<long>(
        "trafficshifter_weight_commands_total", description: "Weight commands sent to HAProxy.");

    private readonly Counter<long> _refused = Meter(meters).CreateCounter<long>(
        "trafficshifter_weight_commands_refused_total", description: "Weight commands that HAProxy refused.");

    private readonly Counter<long> _rows = Meter(meters).CreateCounter<long>(
        "trafficshifter_map_rows_total", description: "Rows of HAProxy's maps that were set or taken away.");

    public void DriftRepaired(string node, string app) => _drift.Add(1, new("node", node), new("app", app));

    public void ProcessChanged(string node) => _processes.Add(1, new KeyValuePair<string, object?>("node", node));

    public void RowsWritten(string node, int rows)
    {
        if (rows > 0) _rows.Add(rows, new KeyValuePair<string, object?>("node", node));
    }

    public void WeightsWritten(string node, int sent, int refused)
    {
        _commands.Add(sent, new KeyValuePair<string, object?>("node", node));
        if (refused > 0) _refused.Add(refused, new KeyValuePair<string, object?>("node", node));
    }

    private static Meter Meter(IMeterFactory meters) => meters.Create(ServerMeter.Name);
}
