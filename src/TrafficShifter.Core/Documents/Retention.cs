using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Documents;

/// <summary>What the store no longer needs to keep.</summary>
public static class Retention
{
    /// <summary>History entries kept per application.</summary>
    public const int HistoryPerApp = 200;

    /// <summary>History entries kept of what belongs to no application: tokens, plans, freezes, rollbacks of all.</summary>
    public const int HistoryOfNoApp = 1000;

    /// <summary>Ended rollouts kept per application.</summary>
    public const int RolloutsPerApp = 20;

    public static readonly TimeSpan HistoryAge = TimeSpan.FromDays(90);

    /// <summary>How long the tombstone of a deleted application tells "deleted" from "lost".</summary>
    public static readonly TimeSpan TombstoneAge = TimeSpan.FromDays(7);

    /// <summary>History entries that are over the count or the age of their application, oldest first.</summary>
    public static IReadOnlyList<Change.Remove> FindOldHistory(IEnumerable<Entry> history, DateTimeOffset now) =>
    [
        .. history.GroupBy(e => Keys.FindApp(e.Key, Keys.History)).SelectMany(app => app
            .OrderByDescending(e => e.ModifyIndex)
            .Where((entry, rank) => rank >= (app.Key is null ? HistoryOfNoApp : HistoryPerApp) || Reading.Of<HistoryEntry>(entry).Find() is { } old && now - old.At > HistoryAge)
            .Reverse().Select(Remove)),
    ];

    /// <summary>By its names alone: whether the history of one application may have entries that are old, so that it is worth reading. 10,000 applications have two million entries.</summary>
    /// <param name="app">Null: what belongs to no application.</param>
    /// <param name="names">Keys, in ordinal order: those with identifiers that sort by time begin with the oldest.</param>
    public static bool MayHaveOldHistory(AppName? app, IReadOnlyList<string> names, DateTimeOffset now) =>
        names.Count > (app is null ? HistoryOfNoApp : HistoryPerApp) || (names.Count > 0 && (TimeOf(names[0]) is not { } oldest || now - oldest > HistoryAge));

    /// <summary>Ended rollouts beyond the last <see cref="RolloutsPerApp"/> of their application. A running or broken one is never in it.</summary>
    public static IReadOnlyList<Change.Remove> FindOldRollouts(IEnumerable<Entry> rollouts) =>
    [
        .. rollouts.GroupBy(e => Keys.FindApp(e.Key, Keys.Rollouts)).SelectMany(app => app
            .Where(entry => Reading.Of<Rollout>(entry).Find() is { } rollout && rollout.Phase.IsEnd())
            .OrderByDescending(e => e.Key, StringComparer.Ordinal).Skip(RolloutsPerApp).Select(Remove)),
    ];

    /// <summary>States of judges of applications that are no more.</summary>
    public static IReadOnlyList<Change.Remove> FindOldJudges(IEnumerable<Entry> judges, IEnumerable<Entry> apps) => FindOfNoApp(judges, Keys.Judges, apps);

    /// <summary>Releases that were asked for, of applications that are no more.</summary>
    public static IReadOnlyList<Change.Remove> FindOldReleases(IEnumerable<Entry> releases, IEnumerable<Entry> apps) => FindOfNoApp(releases, Keys.Releases, apps);

    /// <summary>Probes of migrations that are no more.</summary>
    public static IReadOnlyList<Change.Remove> FindOldProbes(IEnumerable<Entry> probes, IEnumerable<Entry> migrations)
    {
        var there = migrations.Select(m => m.Key[Keys.Migrations.Length..]).ToHashSet(StringComparer.Ordinal);
        return [.. probes.Where(p => !there.Contains(p.Key[Keys.Probes.Length..].Split('/')[0])).Select(Remove)];
    }

    private static IReadOnlyList<Change.Remove> FindOfNoApp(IEnumerable<Entry> entries, string prefix, IEnumerable<Entry> apps)
    {
        var there = apps.Where(a => Reading.Of<AppDefinition>(a).Find() is not { Deleted: true }).Select(a => Keys.FindAppExactly(a.Key, Keys.Apps)).ToHashSet();
        return [.. entries.Where(e => Keys.FindAppExactly(e.Key, prefix) is { } app && !there.Contains(app)).Select(Remove)];
    }

    /// <summary>Tombstones that have done their time.</summary>
    public static IReadOnlyList<Change.Remove> FindOldTombstones(IEnumerable<Entry> apps, DateTimeOffset now) =>
        [.. apps.Where(entry => Reading.Of<AppDefinition>(entry).Find() is { Deleted: true, DeletedAt: { } at } && now - at > TombstoneAge).Select(Remove)];

    /// <summary>Overrides that are recorded and old. An agent that comes back with one still on its disk reports it again, and is told again.</summary>
    public static IReadOnlyList<Change.Remove> FindOldOverrides(IEnumerable<Entry> overrides, DateTimeOffset now) =>
        [.. overrides.Where(entry => Reading.Of<TrafficOverride>(entry).Find() is { Recorded: true } old && now - old.At > TombstoneAge).Select(Remove)];

    /// <summary>Chunks of target rules that no manifest names: of a writer that died before its manifest, or could not sweep after it. By version, whole.</summary>
    /// <remarks>One that is being written looks the same: remove what was there the last time too. Lost if the manifest changes meanwhile.</remarks>
    public static IReadOnlyDictionary<string, IReadOnlyList<Change>> FindOrphans(IEnumerable<Entry> chunks, IEnumerable<Entry> manifests)
    {
        var byKey = manifests.ToDictionary(e => e.Key);
        return chunks.Where(c => c.Key.Split('/').Length == 4 && Keys.FindApp(c.Key, Keys.TargetChunks) is not null)
            .GroupBy(c => c.Key[..(c.Key.LastIndexOf('/') + 1)])
            .Select(version => (version.Key, Manifest: Keys.TargetsOf(Keys.FindApp(version.Key, Keys.TargetChunks)!), Chunks: version))
            .Where(v => !byKey.TryGetValue(v.Manifest, out var manifest) || TargetChunks.Find(manifest)?.Version != v.Key.Split('/')[2])
            .ToDictionary(v => v.Key, v => (IReadOnlyList<Change>)[new Change.Unchanged(v.Manifest, byKey.GetValueOrDefault(v.Manifest)?.ModifyIndex ?? 0), .. v.Chunks.Take(TargetChunks.MaxCount).Select(Remove)]);
    }

    private static DateTimeOffset? TimeOf(string key) => OverrideOrder.FindTime(key[(key.LastIndexOf('/') + 1)..]);

    private static Change.Remove Remove(Entry entry) => new(entry.Key, entry.ModifyIndex);
}
