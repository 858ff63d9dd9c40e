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

    public Task CheckAsync(CancellationToken cancellationToken) => _running.CheckAsync(cancellationToken);

    public async Task<MapsReading> ReadAsync(MapFile file, CancellationToken cancellationToken)
    {
        var (process, map) = await _running.ReadAsync(file, cancellationToken);
        return new MapsReading(process, map);
    }

    public Task<ProcessIdentity> ApplyAsync(MapStep step, CancellationToken cancellationToken) => _running.ApplyAsync(step, cancellationToken);

    /// <remarks>A shift does not wait for the disk: a machine that loses power has lost its HAProxy too, and the agent writes the files again before it starts.</remarks>
    public void Keep(MapImage image, bool anew)
    {
        var kept = anew ? null : _kept;
        var failures = new List<Exception>();
        _kept = null;
        foreach (var file in MapFiles.InOrder)
            if (!ReferenceEquals(kept?[file], image[file])) Try(() => KeepOne(file, image));
        if (anew) Try(FlushAll);
        if (failures.Count > 0) throw new IOException(failures[0].Message, failures[0]);
        _kept = image;

        void Try(Action write)
        {
            try
            {
                write();
            }
            catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
            {
                failures.Add(unwritable);
            }
        }
    }

    public MapImage Recall() => MapFiles.All.Aggregate(MapImage.Empty, (image, file) => image.With(file, _files.Read(file)));

    private void KeepOne(MapFile file, MapImage image)
    {
        if (_files.Write(file, image[file], flush: false)) _unflushed.Add(file);
    }

    private void FlushAll()
    {
        foreach (var file in _unflushed) _files.Flush(file);
        _unflushed.Clear();
    }
}
