using System.Collections.ObjectModel;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>One pass over applications on one node: everything that follows from the desired traffic, in its order, and what was seen of it.</summary>
internal sealed class NodeReconciler
{
    /// <summary>More applications than this are read before they are set: that is one command for all of them.</summary>
    private const int AtOnceByMemory = 200;

    private readonly ILoadBalancer _haproxy;
    private readonly TimeProvider _time;
    private readonly NodeWeights _weights;
    private readonly NodeMaps _maps;
    private readonly PersistenceWatch _persistence;
    private readonly LeftSides _left;
    private readonly LockActsFile _file;
    private readonly NodeMaintenance _maintenance;
    private Settled? _settled;

    public NodeReconciler(string node, ILoadBalancer haproxy, ServerOptions server, AgentMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_haproxy, _time) = (haproxy, time);
        Observations = new Observations(node, metrics, logger);
        _weights = new NodeWeights(node, haproxy, Observations, metrics, time, logger);
        _maps = new NodeMaps(node, haproxy, Observations, metrics, time, logger);
        _persistence = new PersistenceWatch(node, haproxy, logger);
        _file = new LockActsFile(Path.Combine(server.DataDirectory, $"locks-{node}.json"), logger);
        _left = new LeftSides(node, haproxy, Observations, _file, time, logger);
        _maintenance = new NodeMaintenance(node, haproxy, Observations, _file, time, logger);
    }

    public Observations Observations { get; }

    /// <summary>What was seen last of one application; null when it was never seen.</summary>
    public AppObservation? Find(AppName app) => Observations.Find(app) switch
    {
        { Served: true } seen when _maps.FindProblem(app) is { } problem => seen with { InSync = false, Problem = problem, Left = _left.Find(app) },
        { Served: true } seen => (_persistence.Find(app), _left.Find(app)) is var (kept, left) && kept is null && left is null ? seen : seen with { Persistence = kept, Left = left },
        var seen => seen,
    };

    /// <inheritdoc cref="NodeMaps.Problem"/>
    public string? MapsProblem => _maps.Problem;

    /// <summary>Between two passes: looks at the sides that locks took the traffic from, and for persistence that is not known yet; asks nothing when there is neither.</summary>
    public async Task LookOnAsync(CancellationToken cancellationToken)
    {
        await _left.LookAsync(cancellationToken);
        await _persistence.LookAsync(cancellationToken);
    }

    /// <summary>One pass over some applications, or over all; returns the process that it was about, and the applications that were looked at.</summary>
    /// <remarks>
    /// Weights before maps: an application that leaves `map` routing is right in its backend before its requests come there. Maintenance last: it moves the few whom weights leave.
    /// Where all is as it was at the last pass over all of them, nothing is gone through one by one.
    /// </remarks>
    /// <param name="changed">What may differ from the last pass.</param>
    /// <param name="some">Null: all applications, and what is known of HAProxy is read again.</param>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked, or became another process on the way: the next pass begins anew.</exception>
    public async Task<ReconcilePass> ReconcileAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppName> changed, IReadOnlyCollection<AppName>? some, CancellationToken cancellationToken)
    {
        if (some is null && changed.Count == 0 && await TryConfirmAsync(snapshot, cancellationToken) is { } still) return new ReconcilePass(still, [], AreSidesLater: false);
        var (began, full) = (_time.GetUtcNow(), some is null);
        IReadOnlyCollection<AppTraffic> apps = some is null || some.Count == snapshot.Apps.Count ? [.. snapshot.Apps.Values] : [.. some.Select(snapshot.Find)];
        _settled = null;
        _maps.Prepare(snapshot, changed.Select(snapshot.Find), full);
        var driven = Sort(apps);
        await _maintenance.EndAsync(snapshot, cancellationToken);
        var (before, isAsWanted) = await BringWeightsAsync(snapshot, apps, driven, full, cancellationToken);
        await _maps.ReconcileAsync(snapshot, driven.Mapped, before, full, cancellationToken);
        await _maintenance.BeginAsync(snapshot, driven.Weighted, before.Process, cancellationToken);
        var isLater = apps.Count > LeftSides.MostAtOnce && !apps.Any(a => a.FindLock(snapshot.Fleet) is { Sever: true });
        if (isLater) _left.ForgetOthers(snapshot, apps);
        else await _left.FollowAsync(snapshot, apps, before.Process, lookLater: false, cancellationToken);
        if (full) Observations.Confirm(began);
        if (full && isAsWanted && _haproxy.Maps is null) _settled = new Settled(snapshot, driven.Backends, before);
        return new ReconcilePass(before.Process, apps, isLater);
    }

    /// <summary>By their routing, in one go over all of them. Those that are gone are forgotten.</summary>
    private Driven Sort(IReadOnlyCollection<AppTraffic> apps)
    {
        var driven = new Driven([], [], []);
        foreach (var app in apps)
        {
            if (!app.Exists)
            {
                Observations.Forget(app.Name);
                continue;
            }
            var routing = app.Definition.Value!.Routing;
            (routing.Kind == RoutingKind.Map ? driven.Mapped : driven.Weighted).Add(app);
            foreach (var backend in routing.Backends) driven.Backends.Add(backend);
        }
        return driven;
    }

    /// <summary>What was read before the weights were set, and whether none had to be.</summary>
    private async Task<(LoadBalancerReading Before, bool IsAsWanted)> BringWeightsAsync(
        TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, Driven driven, bool full, CancellationToken cancellationToken)
    {
        var weighted = driven.Weighted;
        if (!full && weighted.Count == apps.Count && weighted.Count <= AtOnceByMemory && await _weights.TryReconcileAsync(snapshot, weighted, cancellationToken) is { } process)
            return (new LoadBalancerReading(process, ReadOnlyDictionary<ProxyName, IReadOnlyList<ServerReading>>.Empty), false);
        var before = await ReadAsync(driven.Backends, cancellationToken);
        return (before, await _weights.ReconcileAsync(snapshot, weighted, before, cancellationToken));
    }

    /// <summary>Reads all again, and compares it as a whole with the last pass, which found everything as wanted. Null: something is to be done, or may be.</summary>
    private async Task<ProcessIdentity?> TryConfirmAsync(TrafficSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (_settled is not { } last || !ReferenceEquals(last.Snapshot, snapshot) || Observations.HasExceptions || _left.IsWatching || !_file.IsQuiet) return null;
        var began = _time.GetUtcNow();
        var now = await ReadAsync(last.Backends, cancellationToken);
        if (now.Process != last.Reading.Process || !ReferenceEquals(now.Backends, last.Reading.Backends)) return null;
        Observations.Confirm(began);
        return now.Process;
    }

    /// <summary>Looks at what nothing that is wanted waits for: the sides that were left by more locks than one turn could look at, and what keeps users on a colour.</summary>
    public async Task LookAfterAsync(ReconcilePass pass, TrafficSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (pass.AreSidesLater) await _left.FollowAsync(snapshot, pass.Looked, pass.Process, lookLater: true, cancellationToken);
        await _persistence.FollowAsync(pass.Looked, pass.Process, cancellationToken);
    }

    private async Task<LoadBalancerReading> ReadAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        var reading = await _haproxy.ReadAsync(backends, cancellationToken);
        return reading.Process.Stopping
            ? throw new LoadBalancerException($"{_haproxy.Name}: process {reading.Process.Pid} is stopping; what it is told has no effect")
            : reading;
    }

    /// <summary>The applications of a pass that HAProxy has to do with.</summary>
    private sealed record Driven(List<AppTraffic> Weighted, List<AppTraffic> Mapped, HashSet<ProxyName> Backends);

    /// <summary>A pass over all applications that found nothing to do.</summary>
    private sealed record Settled(TrafficSnapshot Snapshot, IReadOnlyCollection<ProxyName> Backends, LoadBalancerReading Reading);
}

/// <param name="Looked">The applications that were gone through; none where all of them were as before.</param>
/// <param name="AreSidesLater">The sides that locks left are not looked at yet. Never where sessions are to be cut: that is wanted as the weights are.</param>
internal sealed record ReconcilePass(ProcessIdentity Process, IReadOnlyCollection<AppTraffic> Looked, bool AreSidesLater);
