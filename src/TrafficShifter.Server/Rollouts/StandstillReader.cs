using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Reads what holds all rollouts now, in one request.</summary>
public sealed class StandstillReader(ITrafficStore store)
{
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Standstill> ReadAsync(CancellationToken cancellationToken) => Standstill.Of((await store.ListAsync(Keys.Control, cancellationToken)).Entries);
}
