using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Reads what holds all rollouts now, in one request.</summary>
public sealed class StandstillReader(ITrafficStore store, StoreGlance glance)
{
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Standstill> ReadAsync(CancellationToken cancellationToken) => Standstill.Of((await store.ListAsync(Keys.Control, cancellationToken)).Entries);

    /// <summary>For whoever looks each second: shared with others who do, and up to 0.9 s old.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Standstill> LookAsync(CancellationToken cancellationToken) => Standstill.Of(await glance.ListAsync(Keys.Control, cancellationToken));
}
