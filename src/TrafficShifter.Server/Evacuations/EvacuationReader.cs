using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>Reads the evacuations of both colours from the store.</summary>
public sealed class EvacuationReader(ITrafficStore store)
{
    /// <summary>One colour's, with its index; null when there never was one.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Reading<Evacuation>?> FindAsync(Colour colour, CancellationToken cancellationToken) =>
        await store.FindAsync(Keys.Evacuation(colour), cancellationToken) is { } entry ? Reading.Of<Evacuation>(entry) : null;

    /// <summary>Those that are there, in one request.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyList<Reading<Evacuation>>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(Keys.Evacuations, cancellationToken)).Entries.Where(e => e.Key == Keys.Evacuation(Colour.Blue) || e.Key == Keys.Evacuation(Colour.Green)).Select(Reading.Of<Evacuation>)];
}
