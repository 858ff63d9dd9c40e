using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Traffic;

/// <summary>Which applications of a pool are not where a lock sends one of them. Looked up once for each pool and colour, whatever the number of applications.</summary>
public sealed class SharedPools(TrafficSnapshot snapshot)
{
    private const int MostNamed = 100;
    private readonly Dictionary<(PoolName, Colour), (IReadOnlyList<AppName> Elsewhere, IReadOnlyList<AppName> Unsevered)> _found = [];
    private ILookup<PoolName?, AppTraffic>? _apps;

    /// <summary>Applications of the pool that are not locked to this colour, and those that are not locked to it with <see cref="TrafficLock.Sever"/>; up to 100 of each.</summary>
    public (IReadOnlyList<AppName> Elsewhere, IReadOnlyList<AppName> Unsevered) Find(PoolName pool, Colour to)
    {
        if (_found.TryGetValue((pool, to), out var known)) return known;
        _apps ??= snapshot.Apps.Values.Where(a => a.Exists).OrderBy(a => a.Name.Value, StringComparer.Ordinal).ToLookup(a => a.Definition.Value!.Routing.Pool);
        var locked = _apps[pool].Select(app => (app.Name, Lock: app.FindLock(snapshot.Fleet))).ToList();
        return _found[(pool, to)] = (
            [.. locked.Where(a => a.Lock?.To != to).Select(a => a.Name).Take(MostNamed)],
            [.. locked.Where(a => a.Lock?.To != to || !a.Lock.Sever).Select(a => a.Name).Take(MostNamed)]);
    }
}
