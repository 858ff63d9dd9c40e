using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>Reads the evacuations of both colours from the store.</summary>
public sealed class EvacuationReader(ITrafficStore store, StoreGlance glance)
{
    /// <summary>One colour's, with its index; null when there never was one.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Reading<Evacuation>?> FindAsync(Colour colour, CancellationToken cancellationToken) =>
        await store.FindAsync(Keys.Evacuation(colour), cancellationToken) is { } entry ? Reading.Of<Evacuation>(entry) : null;

    /// <summary>How far applications are with what must be done before they leave a colour, each with the ModifyIndex of its document.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyDictionary<AppName, (AppLeaving Value, ulong Index)>> ListLeavingsAsync(Colour colour, CancellationToken cancellationToken) =>
        (await store.ListAsync(Keys.LeavingsOf(colour), cancellationToken)).Entries
            .Select(e => (Value: Reading.Of<AppLeaving>(e).Find(), e.ModifyIndex)).Where(l => l.Value is not null).DistinctBy(l => l.Value!.App).ToDictionary(l => l.Value!.App, l => (l.Value!, l.ModifyIndex));

    /// <summary>Those that are there. For whoever looks each second: up to 0.9 s old.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyList<Reading<Evacuation>>> LookAsync(CancellationToken cancellationToken) =>
        [.. (await glance.ListAsync(Keys.Evacuations, cancellationToken)).Where(e => e.Key == Keys.Evacuation(Colour.Blue) || e.Key == Keys.Evacuation(Colour.Green)).Select(Reading.Of<Evacuation>)];
}
