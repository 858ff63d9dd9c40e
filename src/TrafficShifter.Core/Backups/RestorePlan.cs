using System.Text;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Backups;

/// <summary>Keys that are written in one transaction.</summary>
/// <param name="Followed">Agents and replicas follow them: they are told.</param>
public sealed record RestoreStep(ChangeSet Changes, bool Followed);

/// <summary>What a restore would do to a store as it is. It writes what the backup has and takes nothing away: a key that is gone looks to the agents like a lost store.</summary>
public sealed record RestorePlan
{
    /// <summary>Room for the feed's entry beside them.</summary>
    private const int MostKeys = ChangeSet.MaxOperations - 4;

    private RestorePlan() { }

    /// <summary>Nobody has decided anything here yet.</summary>
    public required bool IsEmpty { get; init; }

    /// <summary>Keys that are not there yet.</summary>
    public required IReadOnlyList<string> Created { get; init; }

    /// <summary>Keys that have another value.</summary>
    public required IReadOnlyList<string> Changed { get; init; }

    /// <summary>How many keys have this value already.</summary>
    public required int Same { get; init; }

    /// <summary>Keys that the backup does not have: they stay.</summary>
    public required IReadOnlyList<string> Beside { get; init; }

    public required IReadOnlyList<RestoreStep> Steps { get; init; }

    public static RestorePlan Of(IReadOnlyList<BackupEntry> backup, IReadOnlyList<Entry> now)
    {
        var there = now.Where(e => BackupScope.Includes(e.Key)).ToDictionary(e => e.Key, e => e.Value);
        var named = backup.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        var changed = backup.Where(e => there.TryGetValue(e.Key, out var value) && value != e.Value).Select(e => e.Key).ToList();
        var created = backup.Where(e => !there.ContainsKey(e.Key)).Select(e => e.Key).ToList();
        var write = changed.Concat(created).ToHashSet(StringComparer.Ordinal);
        // The rollback of all holds for what is older than it: where there is one, the order of everything that it concerns is written again.
        if (named.Contains(Keys.FleetRollback)) write.UnionWith(named.Where(IsFollowed));
        return new RestorePlan
        {
            IsEmpty = !there.Keys.Any(BackupScope.IsDecision),
            Created = created,
            Changed = changed,
            Same = backup.Count - created.Count - changed.Count,
            Beside = [.. there.Keys.Where(k => !named.Contains(k)).Order(StringComparer.Ordinal)],
            Steps = [.. Divide(backup.Where(e => write.Contains(e.Key)))],
        };
    }

    /// <summary>In the order in which they were written: first what nobody follows, so that a definition never comes before what it refers to.</summary>
    private static IEnumerable<RestoreStep> Divide(IEnumerable<BackupEntry> entries)
    {
        foreach (var part in entries.OrderBy(e => IsFollowed(e.Key)).ThenBy(e => e.Index).ThenBy(e => e.Key, StringComparer.Ordinal).GroupBy(e => IsFollowed(e.Key)))
        {
            var (step, bytes) = (ChangeSet.Empty, 0);
            foreach (var entry in part)
            {
                var size = Encoding.UTF8.GetByteCount(entry.Value);
                // The rollback of all is older than nothing and newer than nothing that it is written together with.
                var alone = entry.Key == Keys.FleetRollback;
                if (step.Operations > 0 && (alone || step.Operations == MostKeys || bytes + size > DocumentJson.MaxBytes || step.Changes[^1].Key == Keys.FleetRollback))
                {
                    yield return new RestoreStep(step, part.Key);
                    (step, bytes) = (ChangeSet.Empty, 0);
                }
                step = step.With(new Change.Set(entry.Key, entry.Value));
                bytes += size;
            }
            if (step.Operations > 0) yield return new RestoreStep(step, part.Key);
        }
    }

    private static bool IsFollowed(string key) => TrafficSnapshot.Prefixes.Any(p => key.StartsWith(p, StringComparison.Ordinal));
}
