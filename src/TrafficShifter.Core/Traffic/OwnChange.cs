using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>What a process wrote itself, told to its own follower before the feed tells of it.</summary>
public static class OwnChange
{
    private static readonly IReadOnlyList<string> Decisive = [Keys.Apps, Keys.Weights, Keys.States];

    /// <summary>Takes in a transaction that was written at <paramref name="index"/>; null where the feed has to be waited for.</summary>
    /// <remarks>
    /// Only one that required all that decides where its applications' traffic goes to be as it is known here, the rollback of all included: then nobody changed
    /// anything of it in between, and what follows from it is what follows from the store. The snapshot's index stays, because of other applications nothing is known.
    /// </remarks>
    public static TrafficSnapshot? Follow(this TrafficSnapshot known, ChangeSet written, ulong index)
    {
        var entries = new List<(string Key, Entry? Entry)>();
        var names = new HashSet<AppName>();
        foreach (var change in written.Changes.Where(IsFollowed))
        {
            if (change is not Change.Put put || FindApp(put.Key) is not { } name) return null;
            entries.Add((put.Key, new Entry(put.Key, put.Value, index)));
            names.Add(name);
        }
        var required = written.Changes.ToLookup(c => c.Key, FindExpected, StringComparer.Ordinal);
        return entries.Count > 0 && IsRequired(Keys.FleetRollback, known.Fleet.LatestIndex) && names.All(name => IsWhole(known.Find(name))) ? Own(known.With(entries, known.Index)) : null;

        TrafficSnapshot Own(TrafficSnapshot after) => after with { Apps = after.Apps.SetItems(names.Select(name => KeyValuePair.Create(name, after.Find(name) with { OwnIndex = index }))) };

        bool IsRequired(string key, ulong latest) => required.Contains(key) && required[key].All(expected => expected == latest);

        // Target rules are in few transactions, and decide only on `map` routing.
        bool IsWhole(AppTraffic app) => app.Definition.Value is { Routing.Kind: RoutingKind.Weights } && Decisive.All(prefix => IsRequired(prefix + app.Name, app.LatestIndex(prefix)));
    }

    private static bool IsFollowed(Change change) => change is not Change.Unchanged && TrafficSnapshot.Prefixes.Any(prefix => change.Key.StartsWith(prefix, StringComparison.Ordinal));

    private static AppName? FindApp(string key) => Decisive.Select(prefix => Keys.FindAppExactly(key, prefix)).FirstOrDefault(name => name is not null);

    private static ulong? FindExpected(Change change) => change switch
    {
        Change.Put put => put.Expected,
        Change.Unchanged same => same.Expected,
        _ => null,
    };
}
