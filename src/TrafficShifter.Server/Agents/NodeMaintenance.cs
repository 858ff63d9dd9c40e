using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>Puts the servers that a lock's traffic left into maintenance where the routing says so, and makes ready again those that it put there.</summary>
/// <remarks>Which ones it put there is on disk first, so a server that a person had taken out is never taken for its own, also after a restart.</remarks>
internal sealed partial class NodeMaintenance(string node, ILoadBalancer haproxy, Observations observations, LockActsFile file, TimeProvider time, ILogger logger)
{
    /// <summary>Before weights are read: a colour that is to have traffic again must have usable servers.</summary>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked.</exception>
    public async Task EndAsync(TrafficSnapshot snapshot, CancellationToken cancellationToken)
    {
        foreach (var (name, servers) in file.Maintained.ToList())
        {
            var app = snapshot.Find(name);
            // Nothing is known of it (yet): a wiped disk or store must not move anybody.
            if (app.Definition.Value is null) continue;
            var wanted = Maintenance.FindWanted(app, snapshot.Fleet, servers);
            var ended = servers.Where(s => !wanted.Contains(s)).ToList();
            if (ended.Count == 0) continue;
            var told = await haproxy.SetMaintenanceAsync(ended, maintenance: false, cancellationToken);
            // A server that HAProxy does not have any more has nothing to be made ready.
            foreach (var refused in told.Refused) LogRefused(node, refused.Server, "ready", refused.Reply);
            foreach (var server in ended) LogEnded(node, name, server);
            TryKeep(name, [.. servers.Where(wanted.Contains)]);
        }
    }

    /// <summary>After weights are as wanted.</summary>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked, or became another process on the way.</exception>
    public async Task BeginAsync(TrafficSnapshot snapshot, IEnumerable<AppTraffic> apps, ProcessIdentity process, CancellationToken cancellationToken)
    {
        foreach (var app in apps)
        {
            if (app.Definition.Value!.Routing is not { OnPersistence: OnPersistence.Maint } routing) continue;
            if (app.FindDesired(snapshot.Fleet) is not { } desired || observations.Find(app.Name) is not { Served: true } seen) continue;
            var missing = Maintenance.FindMissing(routing, desired, seen.Servers, Reconciliation.Plan(routing, desired.Green, seen.Servers, desired.Force));
            if (missing.Count == 0) continue;
            if (TryKeep(app.Name, [.. file.Maintained.GetValueOrDefault(app.Name, []).Union(missing)]) is { } unwritable)
            {
                observations.NoteWritten(seen with { Problem = $"the servers of {desired.Lock!.To.Other().Word()} are not put into maintenance, because that could not be kept on disk: {unwritable}" });
                continue;
            }
            var told = await haproxy.SetMaintenanceAsync(missing, maintenance: true, cancellationToken);
            foreach (var refused in told.Refused) LogRefused(node, refused.Server, "maint", refused.Reply);
            var after = await haproxy.ReadAsync([routing.Backend!], cancellationToken);
            if (after.Process != process || told.Process != process)
                throw new LoadBalancerException($"{haproxy.Name} became another process (pid {process.Pid} → {after.Process.Pid}) while servers were put into maintenance; they are put there again");
            var observed = AppObservation.Of(node, app, desired, after, time.GetUtcNow()).Observation;
            observations.NoteWritten(told.Refused.Count == 0 ? observed : observed with { Problem = $"HAProxy did not put server \"{told.Refused[0].Server}\" into maintenance: {told.Refused[0].Reply}" });
            foreach (var server in missing) LogBegun(node, app.Name, server);
        }
    }

    /// <summary>Why it could not be kept; null when it was.</summary>
    private string? TryKeep(AppName app, IReadOnlyList<ServerName> servers)
    {
        try
        {
            file.KeepMaintained(app, servers);
            return null;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            LogUnwritable(node, unwritable.Message);
            return unwritable.Message;
        }
    }

    [LoggerMessage(EventId = 212, Level = LogLevel.Warning, Message = "{Node}: {App}: {Server} put into maintenance by its lock, so that the users whom HAProxy's own persistence keeps there move")]
    private partial void LogBegun(string node, AppName app, ServerName server);

    [LoggerMessage(EventId = 213, Level = LogLevel.Information, Message = "{Node}: {App}: {Server} made ready again, no lock wants them in maintenance any more")]
    private partial void LogEnded(string node, AppName app, ServerName server);

    [LoggerMessage(EventId = 214, Level = LogLevel.Error, Message = "{Node}: HAProxy refused state {State} for {Server}: {Reply}")]
    private partial void LogRefused(string node, ServerName server, string state, string reply);

    [LoggerMessage(EventId = 215, Level = LogLevel.Error, Message = "{Node}: which servers are in maintenance cannot be kept on disk: {Problem}")]
    private partial void LogUnwritable(string node, string problem);
}
