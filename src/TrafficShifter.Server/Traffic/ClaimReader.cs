using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Claims;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Traffic;

/// <summary>Reads who has the hosts and servers that a definition names, and asks whether it can have them.</summary>
public sealed class ClaimReader(ITrafficStore store, TrafficFollower follower)
{
    /// <param name="before">Null when there is none, or a tombstone.</param>
    /// <param name="next">Null when the application is deleted.</param>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<ClaimOutcome> PlanAsync(AppName app, AppDefinition? before, AppDefinition? next, CancellationToken cancellationToken)
    {
        var entries = await Task.WhenAll(Claiming.FindKeys(before, next).Select(key => store.FindAsync(key, cancellationToken)));
        var claims = entries.OfType<Entry>().ToDictionary(entry => entry.Key);
        return Claiming.Plan(app, before, next, claims, next is null ? new Dictionary<AppName, Known<AppDefinition>>() : await ReadOthersAsync(next, claims.Values, cancellationToken));
    }

    /// <summary>The definitions that may be in the way, as they are now; one that vanished without a tombstone, as it was last known.</summary>
    private async Task<IReadOnlyDictionary<AppName, Known<AppDefinition>>> ReadOthersAsync(AppDefinition next, IEnumerable<Entry> claims, CancellationToken cancellationToken)
    {
        var known = follower.Current;
        var names = Claiming.FindHolders(next, claims).Union(Claiming.FindRivals(next, known.Apps.Values.Select(a => a.Definition.Value).OfType<AppDefinition>()));
        var read = await Task.WhenAll(names.Select(async name => (name, Entry: await store.FindAsync(Keys.App(name), cancellationToken))));
        return read.ToDictionary(r => r.name, r => known.Find(r.name).Definition.Next(r.Entry is null ? null : Reading.Of<AppDefinition>(r.Entry)));
    }
}
