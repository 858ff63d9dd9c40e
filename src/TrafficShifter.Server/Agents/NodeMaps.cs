using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Agents;

/// <summary>Brings the applications on `map` routing to one node's HAProxy: the files first, then the running maps.</summary>
/// <remarks>
/// Files first, so that a HAProxy that starts at any moment has the newest rows. An agent that knows no application at all leaves files and maps
/// alone: it has no disk and no store yet, or a store that was wiped.
/// </remarks>
internal sealed partial class NodeMaps(string node, ILoadBalancer haproxy, Observations observations, AgentMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int MaxSingly = 1000;
    private readonly Dictionary<AppName, MappedApp> _apps = [];
    private MapImage _desired = MapImage.Empty;
    private MapImage? _applied;
    private ProcessIdentity? _process;
    private string? _filesProblem;
    private string? _mapsProblem;

    /// <summary>Takes in what changed, and writes the files. Needs no HAProxy.</summary>
    /// <param name="changed">What may differ from the last time.</param>
    /// <param name="full">The files are compared with what they really hold.</param>
    public void Prepare(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> changed, bool full)
    {
        if (haproxy.Maps is not { } maps || snapshot.Apps.IsEmpty) return;
        if (changed.Count > MaxSingly || !TryTakeIn(snapshot, changed)) TakeInAll(snapshot);
        try
        {
            maps.Keep(_desired, anew: full);
            _filesProblem = null;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // What runs is put right all the same: a full disk must not hold up a rollback.
            if (_filesProblem != unwritable.Message) LogUnwritable(node, unwritable.Message);
            _filesProblem = unwritable.Message;
        }
    }

    /// <summary>Brings the running maps to what was prepared, and says of <paramref name="apps"/> what came of it.</summary>
    /// <param name="before">The backends of all of them.</param>
    /// <param name="full">Everything is read, whatever was brought before.</param>
    public async Task ReconcileAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, LoadBalancerReading before, bool full, CancellationToken cancellationToken)
    {
        var drift = haproxy.Maps is { } maps && !snapshot.Apps.IsEmpty ? await TryBringAsync(maps, before.Process, full, cancellationToken) : [];
        var problem = haproxy.Maps is null ? $"the node is not set up for `map` routing: its agent's Agent:Nodes:…:Maps does not name the folder of the maps" : _mapsProblem;
        var drifted = MapPlan.FindApps(drift);
        var found = drifted.Count == 0 ? "" : string.Join("; ", drift.SelectMany(step => step.Describe()).Take(5));
        var pools = new Dictionary<PoolName, PoolReading>();
        foreach (var app in apps)
        {
            if (app.FindMapped(snapshot.Fleet) is not { } mapped) continue;
            if (!pools.TryGetValue(mapped.Pool, out var pool)) pools[mapped.Pool] = pool = PoolReading.Of(mapped.Pool, before);
            var seen = AppObservation.OfMapped(node, app, app.FindDesired(snapshot.Fleet), mapped, problem, pool, before.Process, time.GetUtcNow());
            if (seen.Problem is null && _filesProblem is { } unwritable) seen = seen with { Problem = $"the files of the maps cannot be written, a reload would begin with old rows: {unwritable}" };
            if (drifted.Contains(app.Name)) observations.NoteDrift(seen, found);
            else observations.NoteWritten(seen);
        }
    }

    /// <summary>Brings the maps; a problem is the maps' own, and leaves the node's weights out of it. Returns what somebody else had changed.</summary>
    private async Task<IReadOnlyList<MapStep>> TryBringAsync(ILoadBalancerMaps maps, ProcessIdentity process, bool full, CancellationToken cancellationToken)
    {
        try
        {
            var drift = await BringAsync(maps, process, full, cancellationToken);
            _mapsProblem = null;
            return drift;
        }
        catch (LoadBalancerException broken)
        {
            if (_mapsProblem != broken.Message) LogBroken(node, broken.Message);
            _mapsProblem = broken.Message;
            _applied = null;
            return [];
        }
    }

    private async Task<IReadOnlyList<MapStep>> BringAsync(ILoadBalancerMaps maps, ProcessIdentity process, bool full, CancellationToken cancellationToken)
    {
        var known = _process == process ? _applied : null;
        IReadOnlyList<MapStep> steps;
        if (known is null || full)
        {
            var reading = await maps.ReadAsync(cancellationToken);
            Check(process, reading.Process);
            steps = MapPlan.Between(_desired, reading.Maps);
        }
        else steps = MapPlan.Between(_desired, known);
        _applied = null;
        foreach (var step in steps) Check(process, await maps.ApplyAsync(step, cancellationToken));
        metrics.RowsWritten(node, steps.Sum(step => step.Change.Set.Count + step.Change.Delete.Count));
        (_applied, _process) = (_desired, process);
        return ReferenceEquals(known, _desired) ? steps : [];
    }

    private void Check(ProcessIdentity before, ProcessIdentity now)
    {
        if (now != before) throw new LoadBalancerException($"{haproxy.Name} became another process (pid {before.Pid} → {now.Pid}) while its maps were set; they are set again");
    }

    /// <summary>False where all applications have to be looked at.</summary>
    private bool TryTakeIn(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> changed)
    {
        foreach (var app in changed)
        {
            var (before, after) = (_apps.GetValueOrDefault(app.Name), app.FindMapped(snapshot.Fleet));
            if (before is null && after is null) continue;
            if (_desired.TryReplace(before, after) is not { } next) return false;
            _desired = next;
            if (after is null) _apps.Remove(app.Name);
            else _apps[app.Name] = after;
        }
        return true;
    }

    private void TakeInAll(TrafficSnapshot snapshot)
    {
        _apps.Clear();
        foreach (var app in snapshot.Apps.Values)
            if (app.FindMapped(snapshot.Fleet) is { } mapped) _apps[app.Name] = mapped;
        var (image, problems) = MapImage.Of(_apps.Values);
        foreach (var problem in problems) LogAmbiguous(node, problem);
        _desired = image;
    }

    [LoggerMessage(EventId = 208, Level = LogLevel.Error, Message = "{Node}: the files of the maps cannot be written, a reload of HAProxy would begin with old rows: {Problem}")]
    private partial void LogUnwritable(string node, string problem);

    [LoggerMessage(EventId = 209, Level = LogLevel.Error, Message = "{Node}: the maps cannot be set: {Problem}")]
    private partial void LogBroken(string node, string problem);

    [LoggerMessage(EventId = 210, Level = LogLevel.Warning, Message = "{Node}: {Problem}")]
    private partial void LogAmbiguous(string node, string problem);
}
