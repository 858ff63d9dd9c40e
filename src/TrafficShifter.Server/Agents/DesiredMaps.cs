using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Agents;

/// <summary>What one node's maps should hold: the applications on `map` routing, and the rows of applications that this agent has never heard of.</summary>
/// <remarks>
/// Only a definition, if only a deleted one's, says that a row is not needed. Rows of others stay: an agent that lost its disk beside a store
/// that was wiped must not take away all that still routes.
/// </remarks>
internal sealed partial class DesiredMaps(string node, ILogger logger)
{
    private const int MaxSingly = 1000;

    // Read by those who answer for the node, while a pass writes.
    private readonly ConcurrentDictionary<AppName, MappedApp> _apps = new();
    private TrafficSnapshot _snapshot = TrafficSnapshot.Empty;
    private MapImage _image = MapImage.Empty;
    private MapImage _strangers = MapImage.Empty;
    private string? _named;

    /// <summary>The very same while nothing changes.</summary>
    public MapImage Image { get; private set; } = MapImage.Empty;

    public bool IsEmpty => _apps.IsEmpty;

    /// <summary>What the maps should say of one application; null when it is not on `map` routing.</summary>
    public MappedApp? Find(AppName app) => _apps.GetValueOrDefault(app);

    public void TakeIn(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> changed)
    {
        _snapshot = snapshot;
        if (changed.Count > MaxSingly || !TryTakeIn(changed)) TakeInAll();
        if (!_strangers.Equals(MapImage.Empty)) foreach (var file in MapFiles.InOrder) KeepStrangers(file, _strangers[file].Select(row => new MapRow(row.Key, row.Value)));
        Combine();
    }

    /// <summary>Takes in rows that are there, in the files or in the running maps, beside those that were met before; returns what that map should hold.</summary>
    public IReadOnlyDictionary<string, string> Meet(MapFile file, IEnumerable<MapRow> held)
    {
        KeepStrangers(file, held.Concat(_strangers[file].Select(row => new MapRow(row.Key, row.Value))));
        Combine();
        return Image[file];
    }

    private void KeepStrangers(MapFile file, IEnumerable<MapRow> held) =>
        _strangers = _strangers.With(file, MapOwners.FindStrangers(file, held, app => _snapshot.Find(app) is { Exists: true } or { Definition.Value.Deleted: true }, _strangers));

    private void Combine()
    {
        var next = _image.Adopting(_strangers);
        foreach (var file in MapFiles.All)
            if (!ReferenceEquals(next[file], Image[file]) && next[file].Count == Image[file].Count && next[file].SequenceEqual(Image[file])) next = next.Sharing(file, Image);
        Image = next.Files == Image.Files ? Image : next;
        var named = string.Join(", ", _strangers[MapFile.Apps].Keys.Take(10));
        if (named.Length > 0 && named != _named) LogStrangers(node, _strangers[MapFile.Apps].Count, named);
        _named = named;
    }

    /// <summary>False where all applications have to be looked at.</summary>
    private bool TryTakeIn(IReadOnlyCollection<AppTraffic> changed)
    {
        foreach (var app in changed)
        {
            var (before, after) = (_apps.GetValueOrDefault(app.Name), app.FindMapped(_snapshot.Fleet));
            if (before is null && after is null) continue;
            if (_image.TryReplace(before, after) is not { } next) return false;
            _image = next;
            if (after is null) _apps.TryRemove(app.Name, out _);
            else _apps[app.Name] = after;
        }
        return true;
    }

    private void TakeInAll()
    {
        foreach (var app in _snapshot.Apps.Values)
        {
            if (app.FindMapped(_snapshot.Fleet) is { } mapped) _apps[app.Name] = mapped;
            else _apps.TryRemove(app.Name, out _);
        }
        (_image, var problems) = MapImage.Of(_apps.Values);
        foreach (var problem in problems) LogAmbiguous(node, problem);
    }

    [LoggerMessage(EventId = 223, Level = LogLevel.Warning, Message = "{Node}: {Problem}")]
    private partial void LogAmbiguous(string node, string problem);

    [LoggerMessage(EventId = 224, Level = LogLevel.Warning, Message = "{Node}: the maps have rows of {Count} applications that nobody has registered: {Apps}. They stay; register and delete an application to take its rows away")]
    private partial void LogStrangers(string node, int count, string apps);
}
