using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What a sweep wrote, which the followers are told of at its end. They know where the traffic goes without it; a process that dies before leaves it to their next reading of everything.</summary>
internal sealed class SweepNews(TrafficWriter writer)
{
    /// <summary>More documents than this are read all together, in one request instead of one for each few of them.</summary>
    public const int MostNamed = 480;

    /// <summary>Documents that one feed entry names.</summary>
    private const int NamedAtOnce = 120;
    private readonly Lock _gate = new();
    private readonly List<string> _keys = [];

    /// <summary>Takes in the keys of a transaction.</summary>
    public void Add(IEnumerable<string> keys)
    {
        lock (_gate) _keys.AddRange(keys.Where(key => key.StartsWith(Keys.States, StringComparison.Ordinal)));
    }

    /// <summary>Tells of everything.</summary>
    /// <exception cref="StoreException">The store is away: the followers read everything when it is back.</exception>
    public async Task TellAsync()
    {
        List<string> keys;
        lock (_gate) keys = [.. _keys];
        if (keys.Count > MostNamed) keys = [Keys.States];
        foreach (var some in keys.Chunk(NamedAtOnce)) await writer.AnnounceAsync(some, CancellationToken.None);
    }
}
