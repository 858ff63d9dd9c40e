using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.HAProxy.Maps;

/// <summary>The maps of a real HAProxy and the folder that it reads them from.</summary>
/// <param name="folder">As haproxy.cfg names it: the Runtime API knows a map by the path that is written there.</param>
public sealed class HAProxyMaps(RuntimeApiClient client, string folder) : ILoadBalancerMaps
{
    private readonly RuntimeMaps _running = new(client, folder);
    private readonly MapFolder _files = new(folder);
    private readonly HashSet<MapFile> _unflushed = [];
    private MapImage? _kept;

    public async Task<MapsReading> ReadAsync(CancellationToken cancellationToken)
    {
        var (process, maps) = await _running.ReadAsync(MapFiles.All, cancellationToken);
        return new MapsReading(process, maps);
    }

    public Task<ProcessIdentity> ApplyAsync(MapStep step, CancellationToken cancellationToken) => step.Change.Replace
        ? _running.ReplaceAsync(step.File, step.Rows, cancellationToken)
        : _running.ApplyAsync(step.File, step.Change.Set, step.Change.Delete, cancellationToken);

    /// <remarks>A shift does not wait for the disk: a machine that loses power has lost its HAProxy too, and the agent writes the files again before it starts.</remarks>
    public void Keep(MapImage image, bool anew)
    {
        var kept = anew ? null : _kept;
        _kept = null;
        foreach (var file in MapFiles.InOrder)
            if (!ReferenceEquals(kept?[file], image[file]) && _files.Write(file, image[file], flush: false)) _unflushed.Add(file);
        _kept = image;
        if (!anew) return;
        foreach (var file in _unflushed) _files.Flush(file);
        _unflushed.Clear();
    }
}
