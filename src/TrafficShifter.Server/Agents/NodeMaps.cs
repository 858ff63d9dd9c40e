using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Agents;

/// <summary>Brings the applications on `map` routing to one node's HAProxy: the files first, then the running maps.</summary>
/// <remarks>Files first, so that a HAProxy that starts at any moment has the newest rows.</remarks>
internal sealed partial class NodeMaps(string node, ILoadBalancer haproxy, Observations observations, AgentMetrics metrics, TimeProvider time, ILogger logger)
{
    private readonly DesiredMaps _desired = new(node, logger);
    private readonly RunningMaps _running = new(node, haproxy, metrics, time, logger);
    private MapImage? _kept;
    private string? _filesProblem;
    private bool _recalled;

    /// <summary>Why applications on `map` routing are not as wanted on this node, whichever they are; null when they are, or when there are none.</summary>
    public string? Problem => _desired.IsEmpty || haproxy.Maps is null ? null : MapFiles.InOrder.Select(_running.FindProblem).FirstOrDefault(p => p is not null);

    /// <summary>Why one application's rows are not as wanted, whatever was seen last; null when they are, and when it is not on `map` routing.</summary>
    public string? FindProblem(AppName app) => _desired.Find(app) is { } mapped ? FindProblem(mapped) : null;

    /// <summary>Why a HAProxy's maps cannot be used; null when they can, and when the node is not set up for them.</summary>
    public static async Task<string?> FindProblemAsync(ILoadBalancerMaps? maps, CancellationToken cancellationToken)
    {
        try
        {
            if (maps is not null) await maps.CheckAsync(cancellationToken);
            return null;
        }
        catch (LoadBalancerException broken)
        {
            return broken.Message;
        }
    }

    /// <summary>Takes in what changed, and writes the files. Needs no HAProxy.</summary>
    /// <param name="changed">What may differ from the last time.</param>
    /// <param name="full">The files are compared with what they really hold.</param>
    public void Prepare(TrafficSnapshot snapshot, IEnumerable<AppTraffic> changed, bool full)
    {
        if (haproxy.Maps is not { } maps || snapshot.Apps.IsEmpty) return;
        _desired.TakeIn(snapshot, [.. changed]);
        Keep(maps, full);
    }

    private void Keep(ILoadBalancerMaps maps, bool anew)
    {
        try
        {
            if (!_recalled) Recall(maps.Recall());
            maps.Keep(_desired.Image, anew);
            (_kept, _filesProblem) = (_desired.Image, null);
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
    /// <param name="full">What HAProxy holds is read, whatever was brought before.</param>
    public async Task ReconcileAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, LoadBalancerReading before, bool full, CancellationToken cancellationToken)
    {
        var drift = haproxy.Maps is { } maps && !snapshot.Apps.IsEmpty ? await BringAsync(maps, before.Process, full, cancellationToken) : [];
        var drifted = drift.SelectMany(step => step.FindApps()).ToHashSet();
        var found = drifted.Count == 0 ? "" : string.Join("; ", drift.SelectMany(step => step.Describe()).Take(5));
        var pools = new Dictionary<PoolName, PoolReading>();
        var written = new List<AppObservation>();
        foreach (var app in apps)
        {
            if (app.FindMapped(snapshot.Fleet) is not { } mapped) continue;
            if (!pools.TryGetValue(mapped.Pool, out var pool)) pools[mapped.Pool] = pool = PoolReading.Of(mapped.Pool, before);
            var seen = AppObservation.OfMapped(node, app, app.FindDesired(snapshot.Fleet), mapped, FindProblem(mapped), pool, before.Process, time.GetUtcNow());
            if (seen.Problem is null && _filesProblem is { } unwritable) seen = seen with { Problem = $"the files of the maps cannot be written, a reload would begin with old rows: {unwritable}" };
            if (drifted.Contains(app.Name)) observations.NoteDrift(seen, found);
            else written.Add(seen);
        }
        observations.NoteWritten(written);
    }

    /// <summary>Why an application's rows are not, or may not be, as wanted; null when they are. A map of rules does not concern who has none.</summary>
    private string? FindProblem(MappedApp app) => haproxy.Maps is null
        ? "the node is not set up for `map` routing: its agent's Agent:Nodes:…:Maps does not name the folder of the maps"
        : _running.FindProblem(MapFile.Apps) ?? _running.FindProblem(MapFile.Hosts)
            ?? (app.Rules.IsEmpty ? null : _running.FindProblem(MapFile.Users) ?? _running.FindProblem(MapFile.Groups) ?? _running.FindProblem(MapFile.Networks));

    private async Task<IReadOnlyList<MapStep>> BringAsync(ILoadBalancerMaps maps, ProcessIdentity process, bool full, CancellationToken cancellationToken)
    {
        var drift = await _running.BringAsync(maps, _desired, process, full, cancellationToken);
        // Rows of applications that nobody has registered were met in HAProxy: the next one must have them too.
        if (!ReferenceEquals(_kept, _desired.Image)) Keep(maps, anew: false);
        return drift;
    }

    private void Recall(MapImage files)
    {
        foreach (var file in MapFiles.InOrder) _desired.Meet(file, files[file].Select(row => new MapRow(row.Key, row.Value)));
        _recalled = true;
    }

    [LoggerMessage(EventId = 208, Level = LogLevel.Error, Message = "{Node}: the files of the maps cannot be written, a reload of HAProxy would begin with old rows: {Problem}")]
    private partial void LogUnwritable(string node, string problem);
}
