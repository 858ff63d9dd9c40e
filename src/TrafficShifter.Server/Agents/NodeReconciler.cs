using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>One pass over applications on one node: everything that follows from the desired traffic, in its order, and what was seen of it.</summary>
internal sealed class NodeReconciler
{
    private readonly ILoadBalancer _haproxy;
    private readonly NodeWeights _weights;
    private readonly NodeMaps _maps;
    private readonly PersistenceWatch _persistence;
    private readonly LeftSides _left;
    private readonly NodeMaintenance _maintenance;

    public NodeReconciler(string node, ILoadBalancer haproxy, ServerOptions server, AgentMetrics metrics, TimeProvider time, ILogger logger)
    {
        _haproxy = haproxy;
        Observations = new Observations(node, metrics, logger);
        _weights = new NodeWeights(node, haproxy, Observations, metrics, time, logger);
        _maps = new NodeMaps(node, haproxy, Observations, metrics, time, logger);
        _persistence = new PersistenceWatch(node, haproxy, logger);
        var file = new LockActsFile(Path.Combine(server.DataDirectory, $"locks-{node}.json"), logger);
        _left = new LeftSides(node, haproxy, Observations, file, time, logger);
        _maintenance = new NodeMaintenance(node, haproxy, Observations, file, time, logger);
    }

    public Observations Observations { get; }

    /// <summary>What was seen last of one application; null when it was never seen.</summary>
    public AppObservation? Find(AppName app) => Observations.Find(app) switch
    {
        { Served: true } seen when _maps.FindProblem(app) is { } problem => seen with { InSync = false, Problem = problem, Left = _left.Find(app) },
        { Served: true } seen => seen with { Persistence = _persistence.Find(app), Left = _left.Find(app) },
        var seen => seen,
    };

    /// <inheritdoc cref="NodeMaps.Problem"/>
    public string? MapsProblem => _maps.Problem;

    /// <summary>Looks at the sides that locks took the traffic from; asks nothing when there is none.</summary>
    public Task LookAtLeftAsync(CancellationToken cancellationToken) => _left.LookAsync(cancellationToken);

    /// <summary>One pass over <paramref name="apps"/>; returns the process that it was about.</summary>
    /// <remarks>Weights before maps: an application that leaves `map` routing is right in its backend before its requests come there. Maintenance last: it moves the few whom weights leave.</remarks>
    /// <param name="changed">What may differ from the last pass.</param>
    /// <param name="full">These are all applications, and what is known of HAProxy is read again.</param>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked, or became another process on the way: the next pass begins anew.</exception>
    public async Task<ProcessIdentity> ReconcileAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppName> changed, IReadOnlyCollection<AppTraffic> apps, bool full, CancellationToken cancellationToken)
    {
        _maps.Prepare(snapshot, [.. changed.Select(snapshot.Find)], full);
        foreach (var gone in apps.Where(a => !a.Exists)) Observations.Forget(gone.Name);
        await _maintenance.EndAsync(snapshot, cancellationToken);
        var driven = apps.Where(a => a.Exists).ToLookup(a => a.Definition.Value!.Routing.Kind);
        var before = await ReadAsync(driven.SelectMany(a => a), cancellationToken);
        await _weights.ReconcileAsync(snapshot, [.. driven[RoutingKind.Weights]], before, cancellationToken);
        await _maps.ReconcileAsync(snapshot, [.. driven[RoutingKind.Map]], before, full, cancellationToken);
        await _maintenance.BeginAsync(snapshot, driven[RoutingKind.Weights], before.Process, cancellationToken);
        await _left.FollowAsync(snapshot, apps, before.Process, cancellationToken);
        return before.Process;
    }

    /// <summary>Looks for what keeps users on a colour; nothing that is wanted waits for it.</summary>
    public Task LookForPersistenceAsync(IReadOnlyCollection<AppTraffic> apps, bool full, CancellationToken cancellationToken) => _persistence.LookAsync(apps, anew: full, cancellationToken);

    private async Task<LoadBalancerReading> ReadAsync(IEnumerable<AppTraffic> apps, CancellationToken cancellationToken)
    {
        var backends = apps.SelectMany(a => a.Definition.Value!.Routing.Backends).ToHashSet();
        var reading = await _haproxy.ReadAsync(backends, cancellationToken);
        return reading.Process.Stopping
            ? throw new LoadBalancerException($"{_haproxy.Name}: process {reading.Process.Pid} is stopping; what it is told has no effect")
            : reading;
    }
}
