using System.Collections.Immutable;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Traffic;

/// <summary>The desired traffic of all applications at one index of the store.</summary>
/// <remarks>Never forgets a good value because a bad or an empty one was read: only a tombstone takes an application away.</remarks>
public sealed record TrafficSnapshot(ImmutableDictionary<AppName, AppTraffic> Apps, Known<FleetRollback> Fleet, ulong Index)
{
    public static readonly TrafficSnapshot Empty = new(ImmutableDictionary<AppName, AppTraffic>.Empty, Known<FleetRollback>.Nothing, 0);

    /// <summary>The prefixes that decide where traffic goes.</summary>
    public static readonly IReadOnlyList<string> Prefixes = [Keys.Apps, Keys.Weights, Keys.States, Keys.Targets, Keys.Control];

    public AppTraffic Find(AppName app) => Apps.GetValueOrDefault(app) ?? new AppTraffic(app);

    /// <summary>What was written to a key at this index of the store is in here, or what was written later.</summary>
    public bool Has(string key, ulong index) => key == Keys.FleetRollback
        ? Fleet.LatestIndex >= index
        : Prefixes.FirstOrDefault(p => key.StartsWith(p, StringComparison.Ordinal)) is { } prefix && prefix != Keys.Targets && Keys.FindAppExactly(key, prefix) is { } app && Find(app).LatestIndex(prefix) >= index;

    /// <summary>Takes in single keys; one without an entry is not there.</summary>
    /// <remarks>An index that went backwards means another store under the same name: wiped, or restored from a backup.</remarks>
    public TrafficSnapshot With(IEnumerable<(string Key, Entry? Entry)> read, ulong index)
    {
        if (index < Index) return Rebased().With(read, index);
        var apps = Apps.ToBuilder();
        var fleet = Fleet;
        foreach (var (key, entry) in read)
        {
            if (key == Keys.FleetRollback) fleet = fleet.LatestIndex == (entry?.ModifyIndex ?? 0) ? fleet : fleet.Next(Read<FleetRollback>(entry));
            else TakeIn(apps, key, entry);
        }
        return new TrafficSnapshot(apps.ToImmutable(), fleet, index);
    }

    /// <summary>Takes in a complete listing of <see cref="Prefixes"/>: keys that are not in it are not there any more.</summary>
    public TrafficSnapshot WithAll(IEnumerable<Entry> entries, ulong index) => WithAll(entries, Prefixes, index);

    /// <summary>Takes in a complete listing of some of <see cref="Prefixes"/>: keys below them that are not in it are not there any more.</summary>
    /// <param name="except">What is known to be newer than the listing, and stays as it is; null: nothing.</param>
    public TrafficSnapshot WithAll(IEnumerable<Entry> entries, IReadOnlyCollection<string> prefixes, ulong index, Predicate<string>? except = null)
    {
        var read = entries.ToDictionary(e => e.Key, e => (Entry?)e);
        foreach (var key in KnownKeys(prefixes)) read.TryAdd(key, null);
        return With(read.Where(pair => except?.Invoke(pair.Key) != true).Select(pair => (pair.Key, pair.Value)), index);
    }

    /// <summary>The same with the overrides that hold: of several for an application the one given last.</summary>
    public TrafficSnapshot WithOverrides(IReadOnlyCollection<TrafficOverride> overrides) => overrides.Count == 0 ? this : this with
    {
        Apps = Apps.ToImmutableDictionary(a => a.Key, a => a.Value with
        {
            Override = a.Value.State.Value is { } state
                ? overrides.Where(o => o.HoldsFor(a.Key, state, Fleet.Value)).MaxBy(o => o.Id, StringComparer.Ordinal)
                : null,
        }),
    };

    /// <summary>The valid documents as entries: what an agent keeps on its disk.</summary>
    /// <remarks>Made one by one as they are asked for: all of many thousands are never held at once.</remarks>
    public IEnumerable<Entry> ToEntries() => Entries(Apps.Keys, Empty);

    /// <summary>The valid documents of these applications that are not the very ones of <paramref name="earlier"/>, and the rollback of all.</summary>
    public IReadOnlyList<Entry> ToEntriesSince(TrafficSnapshot earlier, IEnumerable<AppName> names) => [.. Entries(names, earlier)];

    /// <summary>The valid documents as entries, one after the other.</summary>
    private IEnumerable<Entry> Entries(IEnumerable<AppName> names, TrafficSnapshot earlier)
    {
        if (ToEntry(Keys.FleetRollback, Fleet, Known<FleetRollback>.Nothing) is { } fleet) yield return fleet;
        // A rollback of all changes no application's documents: ten thousand need not be looked at.
        if (ReferenceEquals(Apps, earlier.Apps)) yield break;
        foreach (var name in names)
        {
            var (app, before) = (Find(name), earlier.Find(name));
            if (ReferenceEquals(app, before)) continue;
            if (ToEntry(Keys.App(name), app.Definition, before.Definition) is { } definition) yield return definition;
            if (ToEntry(Keys.WeightsOf(name), app.Weights, before.Weights) is { } weights) yield return weights;
            if (ToEntry(Keys.StateOf(name), app.State, before.State) is { } state) yield return state;
            if (ToEntry(Keys.TargetsOf(name), app.Targets, before.Targets) is { } targets) yield return targets;
        }
    }

    private static Entry? ToEntry<T>(string key, Known<T> known, Known<T> before)
        where T : Document =>
        known.Value is { } value && !(ReferenceEquals(value, before.Value) && known.ModifyIndex == before.ModifyIndex) ? new Entry(key, DocumentJson.Write(value), Math.Max(1, known.ModifyIndex)) : null;

    /// <summary>Applications whose traffic may differ between <paramref name="earlier"/> and this snapshot.</summary>
    public IReadOnlySet<AppName> ChangedSince(TrafficSnapshot earlier) =>
        Fleet == earlier.Fleet
            ? Apps.Where(a => !ReferenceEquals(earlier.Apps.GetValueOrDefault(a.Key), a.Value)).Select(a => a.Key).ToHashSet()
            : Apps.Keys.ToHashSet();

    /// <summary>The same where nothing but these keys was taken in since <paramref name="earlier"/>: the others are not looked at.</summary>
    public IReadOnlySet<AppName> ChangedSince(TrafficSnapshot earlier, IEnumerable<string> keys) =>
        Fleet == earlier.Fleet && Index >= earlier.Index
            ? keys.Select(key => Prefixes.Select(prefix => Keys.FindAppExactly(key, prefix)).FirstOrDefault(name => name is not null)).OfType<AppName>()
                .Where(name => !ReferenceEquals(earlier.Apps.GetValueOrDefault(name), Apps.GetValueOrDefault(name))).ToHashSet()
            : ChangedSince(earlier);

    private static void TakeIn(ImmutableDictionary<AppName, AppTraffic>.Builder apps, string key, Entry? entry)
    {
        var prefix = Prefixes.FirstOrDefault(p => key.StartsWith(p, StringComparison.Ordinal));
        if (prefix is null || prefix == Keys.Control || Keys.FindAppExactly(key, prefix) is not { } name) return;
        var app = apps.GetValueOrDefault(name) ?? new AppTraffic(name);
        // Rules whose chunks were not whole are looked at again: the chunks may have come back, and the manifest is the same.
        var again = prefix == Keys.Targets && app.Targets.Problem is not null;
        if (app.LatestIndex(prefix) == (entry?.ModifyIndex ?? 0) && !again) return;
        var next = prefix switch
        {
            Keys.Apps => app with { Definition = app.Definition.Next(Read<AppDefinition>(entry, definition => Repeated.Of(definition, app.Name))) },
            Keys.Weights => app with { Weights = app.Weights.Next(Read<Weights>(entry, Repeated.Of)) },
            Keys.Targets => app with { Targets = app.Targets.Next(Read<TargetRules>(entry)) },
            _ => app with { State = app.State.Next(Read<AppState>(entry, Repeated.Of)) },
        };
        if (next != app) apps[name] = next;
    }

    /// <summary>The same traffic with all indexes forgotten, so that nothing of the old store counts as newer than what the new one says.</summary>
    private TrafficSnapshot Rebased()
    {
        var apps = Apps.ToImmutableDictionary(a => a.Key, a => a.Value with
        {
            OwnIndex = 0,
            Definition = a.Value.Definition.Rebased(),
            Weights = a.Value.Weights.Rebased(),
            Targets = a.Value.Targets.Rebased(),
            State = (a.Value.State with { Value = a.Value.State.Value is { } state ? (a.Value.FindSwept(Fleet) ?? state) with { Lock = a.Value.FindLock(Fleet) } : null }).Rebased(),
        });
        return new TrafficSnapshot(apps, Known<FleetRollback>.Nothing, 0);
    }

    private static Reading<T>? Read<T>(Entry? entry, Func<T, T>? share = null)
        where T : Document
    {
        if (entry is null) return null;
        var reading = Reading.Of<T>(entry);
        return share is not null && reading is Reading<T>.Good good ? good with { Value = share(good.Value) } : reading;
    }

    private IEnumerable<string> KnownKeys(IReadOnlyCollection<string> prefixes) => prefixes.SelectMany(prefix => prefix switch
    {
        Keys.Apps => Apps.Keys.Select(Keys.App),
        Keys.Weights => Apps.Keys.Select(Keys.WeightsOf),
        Keys.States => Apps.Keys.Select(Keys.StateOf),
        Keys.Targets => Apps.Keys.Select(Keys.TargetsOf),
        _ => [Keys.FleetRollback],
    });
}
