using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>Puts the servers that a lock's traffic left into maintenance where the routing says so, and makes ready again those that it put there.</summary>
/// <remarks>Which ones it put there is on disk first, so a server that a person had taken out is never taken for its own, also after a restart.</remarks>
internal sealed partial class NodeMaintenance(string node, ILoadBalancer haproxy, Observations observations, LockActsFile file, TimeProvider time, ILogger logger)
{
    /// <summary>Before weights are read: a colour that is to have traffic again must have usable servers. All applications in one connection and one write.</summary>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked.</exception>
    public async Task EndAsync(TrafficSnapshot snapshot, CancellationToken cancellationToken)
    {
        file.TryCatchUp();
        var stay = new Dictionary<AppName, IReadOnlyList<ServerName>>();
        var ended = new List<(AppName App, ServerName Server)>();
        foreach (var (name, servers) in file.Maintained)
        {
            var app = snapshot.Find(name);
            // Nothing is known of it (yet): a wiped disk or store must not move anybody.
            if (app.Definition.Value is null) continue;
            var wanted = Maintenance.FindWanted(app, snapshot.Fleet, servers);
            if (servers.All(wanted.Contains)) continue;
            stay[name] = [.. servers.Where(wanted.Contains)];
            ended.AddRange(servers.Where(s => !wanted.Contains(s)).Select(s => (name, s)));
        }
        if (ended.Count == 0) return;
        var told = await haproxy.SetMaintenanceAsync([.. ended.Select(e => e.Server).Distinct()], maintenance: false, cancellationToken);
        // A server that HAProxy does not have any more has nothing to be made ready.
        foreach (var refused in told.Refused) LogRefused(node, refused.Server, "ready", refused.Reply);
        foreach (var (app, server) in ended) LogEnded(node, app, server);
        file.EndMaintained(stay);
    }

    /// <summary>After weights and maps are as wanted: what most users need does not wait for it. All applications in one write, one connection and one reading.</summary>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked, or became another process on the way.</exception>
    public async Task BeginAsync(TrafficSnapshot snapshot, IEnumerable<AppTraffic> apps, ProcessIdentity process, CancellationToken cancellationToken)
    {
        var begun = apps.Select(app => Find(app, snapshot)).OfType<Begun>().ToList();
        if (begun.Count == 0) return;
        if (TryKeep(begun) is { } unwritable)
        {
            foreach (var (_, desired, seen, _) in begun)
                observations.NoteWritten(seen with { Problem = $"the servers of {desired.Lock!.To.Other().Word()} are not put into maintenance, because that could not be kept on disk: {unwritable}" });
            return;
        }
        var told = await haproxy.SetMaintenanceAsync([.. begun.SelectMany(b => b.Servers).Distinct()], maintenance: true, cancellationToken);
        foreach (var refused in told.Refused) LogRefused(node, refused.Server, "maint", refused.Reply);
        var after = await haproxy.ReadAsync(begun.Select(b => b.App.Definition.Value!.Routing.Backend!).ToHashSet(), cancellationToken);
        if (after.Process != process || told.Process != process)
            throw new LoadBalancerException($"{haproxy.Name} became another process (pid {process.Pid} → {after.Process.Pid}) while servers were put into maintenance; they are put there again");
        var refusals = told.Refused.ToDictionary(r => r.Server);
        foreach (var (app, desired, _, servers) in begun)
        {
            var observed = AppObservation.Of(node, app, desired, after, time.GetUtcNow()).Observation;
            observations.NoteWritten(servers.Select(refusals.GetValueOrDefault).FirstOrDefault(r => r is not null) is { } refused
                ? observed with { Problem = $"HAProxy did not put server \"{refused.Server}\" into maintenance: {refused.Reply}" }
                : observed);
            foreach (var server in servers) LogBegun(node, app.Name, server);
        }
    }

    /// <summary>What has to be put into maintenance for an application; null when nothing has to.</summary>
    private Begun? Find(AppTraffic app, TrafficSnapshot snapshot)
    {
        if (app.Definition.Value!.Routing is not { OnPersistence: OnPersistence.Maint } routing) return null;
        if (app.FindDesired(snapshot.Fleet) is not { } desired || observations.Find(app.Name) is not { Served: true } seen) return null;
        var missing = Maintenance.FindMissing(routing, desired, seen.Servers, Reconciliation.Plan(routing, desired.Green, seen.Servers, desired.Force));
        return missing.Count == 0 ? null : new Begun(app, desired, seen, missing);
    }

    /// <summary>Why it could not be kept; null when it was.</summary>
    private string? TryKeep(IReadOnlyList<Begun> begun)
    {
        try
        {
            file.KeepMaintained(begun.ToDictionary(b => b.App.Name, IReadOnlyList<ServerName> (b) => [.. file.Maintained.GetValueOrDefault(b.App.Name, []).Union(b.Servers)]));
            return null;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            LogUnwritable(node, unwritable.Message);
            return unwritable.Message;
        }
    }

    [LoggerMessage(EventId = 227, Level = LogLevel.Warning, Message = "{Node}: {App}: {Server} put into maintenance by its lock, so that the users whom HAProxy's own persistence keeps there move")]
    private partial void LogBegun(string node, AppName app, ServerName server);

    [LoggerMessage(EventId = 228, Level = LogLevel.Information, Message = "{Node}: {App}: {Server} made ready again, no lock wants them in maintenance any more")]
    private partial void LogEnded(string node, AppName app, ServerName server);

    [LoggerMessage(EventId = 214, Level = LogLevel.Error, Message = "{Node}: HAProxy refused state {State} for {Server}: {Reply}")]
    private partial void LogRefused(string node, ServerName server, string state, string reply);

    [LoggerMessage(EventId = 215, Level = LogLevel.Error, Message = "{Node}: which servers are in maintenance cannot be kept on disk: {Problem}")]
    private partial void LogUnwritable(string node, string problem);

    private sealed record Begun(AppTraffic App, DesiredTraffic Desired, AppObservation Seen, IReadOnlyList<ServerName> Servers);
}
