using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What a sweep wrote and the followers have not been told of. They know where the traffic goes without it; a process that dies here leaves it to their next reading of everything.</summary>
/// <param name="atOnce">Transactions that are told of together.</param>
internal sealed class SweepNews(TrafficWriter writer, int atOnce)
{
    private readonly Lock _gate = new();
    private List<string> _keys = [];
    private int _transactions;

    /// <summary>Takes in the keys of a transaction, and tells of its states when there are enough.</summary>
    public Task AddAsync(IEnumerable<string> keys)
    {
        lock (_gate)
        {
            _keys.AddRange(keys.Where(key => key.StartsWith(Keys.States, StringComparison.Ordinal)));
            if (++_transactions < atOnce) return Task.CompletedTask;
        }
        return TellRestAsync();
    }

    /// <summary>Tells of what was not told of yet.</summary>
    /// <exception cref="StoreException">The store is away: the followers read everything when it is back.</exception>
    public async Task TellRestAsync()
    {
        List<string> keys;
        lock (_gate) (keys, _keys, _transactions) = (_keys, [], 0);
        if (keys.Count > 0) await writer.AnnounceAsync(keys, CancellationToken.None);
    }
}
