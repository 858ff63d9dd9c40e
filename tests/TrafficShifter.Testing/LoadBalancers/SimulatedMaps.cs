using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Testing.LoadBalancers;

/// <summary>The maps of a <see cref="SimulatedHAProxy"/>, and the files that it reads when it restarts.</summary>
public sealed class SimulatedMaps(SimulatedHAProxy haproxy) : ILoadBalancerMaps
{
    private readonly Lock _gate = new();
    private Dictionary<MapFile, List<MapRow>> _running = MapFiles.All.ToDictionary(file => file, _ => new List<MapRow>());

    /// <summary>What the files hold.</summary>
    public MapImage Files { get; private set; } = MapImage.Empty;

    /// <summary>Steps that were made, oldest first.</summary>
    public List<MapStep> Steps { get; } = [];

    /// <summary>Changes, and reading, throw this; null: they are answered.</summary>
    public LoadBalancerException? Failure { get; set; }

    /// <summary>Writing files throws this; null: it does not.</summary>
    public IOException? DiskFailure { get; set; }

    /// <summary>The value that requests see; null when there is no such row.</summary>
    public string? Find(MapFile file, string key)
    {
        lock (_gate) return _running[file].FirstOrDefault(row => row.Key == key)?.Value;
    }

    /// <summary>What somebody does with socat.</summary>
    public void Meddle(MapFile file, string key, string? value)
    {
        lock (_gate) Set(file, key, value);
    }

    /// <summary>Maps that the configuration does not use: whoever asks for one is refused.</summary>
    public HashSet<MapFile> Unused { get; } = [];

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var file in MapFiles.All) Refuse(file);
        return Task.CompletedTask;
    }

    public Task<MapsReading> ReadAsync(MapFile file, CancellationToken cancellationToken)
    {
        Refuse(file);
        lock (_gate) return Task.FromResult(new MapsReading(haproxy.Process, new MapReading([.. _running[file]], [])));
    }

    public MapImage Recall() => Files;

    public Task<ProcessIdentity> ApplyAsync(MapStep step, CancellationToken cancellationToken)
    {
        Refuse(step.File);
        lock (_gate)
        {
            Steps.Add(step);
            if (step.Change.Replace) _running[step.File] = [.. step.Rows.Select(row => new MapRow(row.Key, row.Value))];
            foreach (var row in step.Change.Set) Set(step.File, row.Key, row.Value);
            foreach (var key in step.Change.Delete) Set(step.File, key, null);
        }
        return Task.FromResult(haproxy.Process);
    }

    public void Keep(MapImage image, bool anew)
    {
        if (DiskFailure is not null) throw DiskFailure;
        Files = image;
    }

    private void Refuse(MapFile file)
    {
        if (Failure is not null) throw Failure;
        if (Unused.Contains(file)) throw new LoadBalancerException($"HAProxy in memory has no such map: its configuration does not use {file.Name()}");
    }

    internal void Restart()
    {
        lock (_gate) _running = MapFiles.All.ToDictionary(file => file, file => Files[file].Select(row => new MapRow(row.Key, row.Value)).ToList());
    }

    private void Set(MapFile file, string key, string? value)
    {
        var rows = _running[file];
        var at = rows.FindIndex(row => row.Key == key);
        if (value is null) rows.RemoveAll(row => row.Key == key);
        else if (at < 0) rows.Add(new MapRow(key, value));
        else rows[at] = new MapRow(key, value);
    }
}
