using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic;

/// <summary>
/// The 257 ways to weigh the servers of one colour. At level n the server with the largest capacity has weight n and its siblings have
/// theirs in proportion; the total over usable servers grows with the level.
/// </summary>
internal sealed class WeightLevels
{
    public const int Max = ServerWeightPlan.MaxWeight;

    private readonly IReadOnlyList<PlannedServer> _servers;
    private readonly List<KeyValuePair<int, int>> _counted;

    // Made for a search only: nothing and everything, which every rollback wants, are levels that are known.
    private int[]? _totals;
    private readonly bool _capacitiesCount;
    private readonly int _largest;

    public WeightLevels(IReadOnlyList<PlannedServer> servers)
    {
        _servers = servers;
        // A colour without a usable server is planned as if all were: its weights are then right when the first comes back.
        var noneUsable = !servers.Any(s => s.Usable);
        var counted = servers.Where(s => s.Usable || noneUsable).ToList();
        // A file that starts green with weight 0 says nothing about green's capacities, so its servers count alike.
        _capacitiesCount = counted.Any(s => s.Capacity > 0);
        _largest = counted.Count == 0 ? 1 : counted.Max(CapacityOf);
        _counted = [.. counted.Select(CapacityOf).CountBy(c => c)];
    }

    /// <summary>Sum of the weights of the usable servers at this level.</summary>
    /// <param name="level">0 to 256.</param>
    public int Total(int level)
    {
        if (_totals is { } known) return known[level];
        if (level == 0) return 0;
        var total = 0;
        foreach (var (capacity, count) in _counted) total += count * WeightAt(level, capacity);
        return total;
    }

    /// <summary>The highest level, from 1 up, with a total of at most <paramref name="total"/>; 0 when there is none.</summary>
    public int LevelAtMost(long total)
    {
        _totals ??= [.. Enumerable.Range(0, Max + 1).Select(Total)];
        var (low, high) = (0, Max);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_totals[middle] <= total) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /// <summary>Adds the weight of every server at this level. Servers that are not usable get what a usable sibling of their capacity has.</summary>
    public void Write(int level, Dictionary<ProxyName, int> weights)
    {
        foreach (var server in _servers) weights[server.Name] = WeightAt(level, CapacityOf(server));
    }

    private int CapacityOf(PlannedServer server) => _capacitiesCount ? server.Capacity : 1;

    private int WeightAt(int level, int capacity) => Math.Min(Max, (2 * level * capacity + _largest) / (2 * _largest));
}
