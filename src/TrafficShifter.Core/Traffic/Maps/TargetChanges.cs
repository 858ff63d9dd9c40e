using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>The transactions that change target rules.</summary>
public static class TargetChanges
{
    /// <summary>Replaces an application's rules.</summary>
    /// <remarks>
    /// Lost when the definition changed since it was read: it may have left `map` routing, or dropped a group. Rules are never taken away as a key,
    /// but replaced by empty ones: a key that vanishes is a lost one, and the last known rules stay.
    /// </remarks>
    /// <param name="written">The rules' document and its counter, from <see cref="Write"/>.</param>
    public static ChangeSet Set(AppTraffic current, TargetRules next, IEnumerable<Change> written, ChangeNote note)
    {
        var before = current.Targets.Value ?? TargetRules.None;
        var differences = TargetSummary.Compare(before, next);
        var sentence = $"target rules: {before.Describe()} → {next.Describe()}, {(differences.Count == 1 ? differences[0] : $"{differences.Count} differences")}, by {note.By}";
        return ChangeSet.Empty.With([.. written]).With(
            new Change.Unchanged(Keys.App(current.Name), current.Definition.LatestIndex),
            note.Entry(current.Name, "targets.set", sentence, TargetSummary.Of(before), TargetSummary.Of(next, differences)));
    }

    /// <summary>The operations that write the rules themselves, without a history of their own.</summary>
    /// <param name="document">The rules, or the manifest of their chunks.</param>
    /// <param name="chunk">The first chunk, which must still be there: all of a version are swept together. Null when there are none.</param>
    public static IEnumerable<Change> Write(AppTraffic current, TargetRules document, Change.Unchanged? chunk, Change? counter)
    {
        yield return new Change.Put(Keys.TargetsOf(current.Name), DocumentJson.Write(document), current.Targets.LatestIndex);
        if (chunk is not null) yield return chunk;
        if (counter is not null) yield return counter;
    }

    public static TargetRules Stamp(TargetRules rules, ChangeNote note) => rules with { By = note.By, Reason = note.Reason, At = note.At, Change = note.Id, Chunked = null };
}
