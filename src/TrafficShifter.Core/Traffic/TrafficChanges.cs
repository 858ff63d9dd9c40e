using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>The transactions by which people change where traffic goes. Each carries its history entry.</summary>
public static class TrafficChanges
{
    /// <summary>The reason of a rollback whose author had no time for one.</summary>
    public const string DefaultReason = "emergency rollback";

    /// <summary>
    /// The same changes, lost if a rollback of all applications was written since <paramref name="fleet"/> was read. Without this a change
    /// that was decided a moment earlier would be newer than the rollback, and its application would escape it.
    /// </summary>
    public static ChangeSet UnlessRolledBackSince(this ChangeSet changes, Known<FleetRollback> fleet) =>
        changes.With(new Change.Unchanged(Keys.FleetRollback, fleet.LatestIndex));

    /// <summary>Creates or replaces a definition. A new application begins with all traffic on <paramref name="stable"/>.</summary>
    /// <remarks>
    /// What a deleted application of the same name left behind (weights, state) is replaced, never continued. What a wiped store lost is
    /// written again as it was last known, so that nobody's traffic moves because a definition was applied anew.
    /// </remarks>
    /// <param name="fleet">The rollback of all applications as it was read: a lost state that is written again is newer than it, and has to take it in; default: there is none.</param>
    public static ChangeSet Save(AppTraffic current, AppDefinition next, Colour stable, ChangeNote note, Known<FleetRollback>? fleet = null)
    {
        var before = current.Definition.Value;
        var changes = ChangeSet.Empty.With(new Change.Put(Keys.App(next.Name), DocumentJson.Write(next), current.Definition.LatestIndex));
        if (current.Exists)
        {
            if (current.Weights is { IsLost: true, Value: { } weightsBefore }) changes = changes.With(new Change.Put(Keys.WeightsOf(next.Name), DocumentJson.Write(weightsBefore with { Change = note.Id }), 0));
            if (current.State is { IsLost: true, Value: { } stateBefore }) changes = changes.With(new Change.Put(Keys.StateOf(next.Name), DocumentJson.Write(current.FindSwept(fleet ?? Known<FleetRollback>.Nothing) ?? stateBefore), 0));
            else if (!current.State.IsLost) changes = changes.With(new Change.Unchanged(Keys.StateOf(next.Name), current.State.LatestIndex));
            return changes.With(note.Entry(next.Name, "app.replaced", $"definition replaced by {note.By}", before, next));
        }
        var weights = Stamp(Weights.AllOn(stable), note);
        // What agents were given for all applications before this one was there is not about it.
        return changes.With(
            new Change.Put(Keys.WeightsOf(next.Name), DocumentJson.Write(weights), current.Weights.LatestIndex),
            new Change.Put(Keys.StateOf(next.Name), DocumentJson.Write(new AppState { Stable = stable, OverrideAck = note.Id }), current.State.LatestIndex),
            note.Entry(next.Name, "app.created", $"created by {note.By}; all traffic on {stable.Word()}", null, next));
    }

    /// <summary>Leaves a tombstone. HAProxy keeps the weights that it has.</summary>
    public static ChangeSet Delete(AppTraffic current, AppDefinition definition, ChangeNote note) => ChangeSet.Empty.With(
        new Change.Put(Keys.App(current.Name), DocumentJson.Write(definition with { Deleted = true, DeletedAt = note.At }), current.Definition.LatestIndex),
        new Change.Unchanged(Keys.StateOf(current.Name), current.State.LatestIndex),
        note.Entry(current.Name, "app.deleted", $"deleted by {note.By}", definition, null));

    /// <summary>Shifts traffic by hand. Lost if anything that it was decided on has changed: the definition, the weights or the state.</summary>
    /// <param name="freed">The state that is written with it, of an application that is taken out of an evacuation; null: it stays.</param>
    public static ChangeSet Shift(AppTraffic current, Weights next, ChangeNote note, AppState? freed = null)
    {
        var before = current.Weights.Value;
        return ChangeSet.Empty.With(
            new Change.Put(Keys.WeightsOf(current.Name), DocumentJson.Write(Stamp(next, note, before)), current.Weights.LatestIndex),
            new Change.Unchanged(Keys.App(current.Name), current.Definition.LatestIndex),
            freed is null ? new Change.Unchanged(Keys.StateOf(current.Name), current.State.LatestIndex) : new Change.Put(Keys.StateOf(current.Name), DocumentJson.Write(freed), current.State.LatestIndex),
            note.Entry(current.Name, "weights.set", $"{before?.Describe() ?? "no weights"} → {next.Describe()} by {note.By}", before, next));
    }

    /// <summary>The emergency rollback: all traffic goes to one colour and stays there until somebody unlocks.</summary>
    /// <remarks>
    /// A compare-and-set like all others, so that the stable colour and the end of a rollout that were written meanwhile do not come back; whoever
    /// loses the race reads again. The state takes in the override of the same id, which nodes cut off from the store may have been given.
    /// </remarks>
    public static ChangeSet RollBack(AppTraffic current, Colour to, bool force, ChangeNote note, bool sever = false)
    {
        var before = current.State.Value;
        var after = (before ?? new AppState { Stable = to }) with { Lock = LockOf(to, force, sever, note), OverrideAck = OverrideOrder.Latest(before?.OverrideAck, note.Id) };
        return ChangeSet.Empty.With(
            new Change.Put(Keys.StateOf(current.Name), DocumentJson.Write(after), current.State.LatestIndex),
            note.Entry(current.Name, "app.rolledBack", $"emergency rollback: all traffic locked to {to.Word()} by {note.By}", before, after));
    }

    /// <summary>The emergency rollback of every application, in one write: over the one that is known, so that a write which a store holds back does not undo a later rollback.</summary>
    /// <remarks>Lost, too, when agents reported the same as an override, and it is told as overtaken.</remarks>
    public static ChangeSet RollBackAll(Known<FleetRollback> known, FleetRollback rollback, ChangeNote note) => ChangeSet.Empty.With(
        new Change.Put(Keys.FleetRollback, DocumentJson.Write(rollback), known.LatestIndex),
        new Change.Unchanged(Keys.HistoryEntry(null, EntryId(note.Id)), 0),
        note.Entry(null, "fleet.rolledBack", $"emergency rollback of all applications to {(rollback.To == RollbackTarget.Stable ? "their stable colours" : rollback.To.ToString().ToLowerInvariant())} by {note.By}", null, rollback));

    /// <summary>Makes an override the application's lock, which acknowledges it; null when the state has taken it in already, or a later rollback of all holds.</summary>
    /// <remarks>Written at most once: the history entry's key is the override's.</remarks>
    public static ChangeSet? Record(AppTraffic current, FleetRollback? fleet, TrafficOverride given)
    {
        if (!current.Exists || current.State.IsLost || current.State.Value is not { } before || !given.HoldsFor(current.Name, before, fleet)) return null;
        var after = before with { Lock = given.ToLock(before), OverrideAck = given.Id };
        var note = new ChangeNote(EntryId(given.Id), given.By, given.Reason, given.At, given.Origin);
        var sentence = $"emergency rollback given to the agents while the store was away, recorded now: all traffic locked to {after.Lock.To.Word()} by {given.By}, as the agent of {given.Node} reports";
        var entry = (Change.Set)note.Entry(current.Name, "app.rolledBack", sentence, before, after);
        return ChangeSet.Empty.With(
            new Change.Put(Keys.StateOf(current.Name), DocumentJson.Write(after), current.State.LatestIndex),
            new Change.Put(entry.Key, entry.Value, 0));
    }

    /// <summary>Notes an override of one application that a later rollback or an unlock had overtaken before it was recorded; null when none had. Agents followed it until then.</summary>
    /// <remarks>Lost, and right so, when the history tells of it already: because it was recorded, or because the store took the same rollback late.</remarks>
    public static ChangeSet? NoteOvertaken(AppTraffic current, FleetRollback? fleet, TrafficOverride given) =>
        current is { Exists: true, State.Value: { } state } && given.App == current.Name && (string.CompareOrdinal(state.OverrideAck, given.Id) > 0 || given.IsOvertakenBy(fleet))
            ? NoteOvertaken(given, "app.rolledBack", "emergency rollback")
            : null;

    /// <summary>The same of an override of all applications, told once for all of them; null when no later rollback of all holds and some application has taken in nothing later. For one that is the lock of no application yet.</summary>
    /// <param name="apps">As they were read: a later override of all may be the lock of each by now, though this one is reported only now.</param>
    public static ChangeSet? NoteAllOvertaken(FleetRollback? fleet, TrafficOverride given, IReadOnlyCollection<AppTraffic> apps) =>
        given.App is null && (given.IsOvertakenBy(fleet) || (apps.Count > 0 && apps.All(a => a.State.Value is not { } state || OverrideOrder.IsLater(state.OverrideAck, given.Id))))
            ? NoteOvertaken(given, "fleet.rolledBack", "emergency rollback of all applications")
            : null;

    /// <summary>Key of the history entry that tells of an override which was recorded as an application's lock.</summary>
    public static string EntryOf(AppName app, TrafficOverride given) => Keys.HistoryEntry(app, EntryId(given.Id));

    private static string EntryId(string id) => $"override-{id}";

    private static ChangeSet NoteOvertaken(TrafficOverride given, string kind, string what)
    {
        var note = new ChangeNote(EntryId(given.Id), given.By, given.Reason, given.At, given.Origin);
        var sentence = $"{what} given to the agents while the store was away by {given.By}, as the agent of {given.Node} reports; a later change was written before it could be recorded, and holds";
        var entry = (Change.Set)note.Entry<AppState>(given.App, kind, sentence, null, null);
        return ChangeSet.Empty.With(new Change.Put(entry.Key, entry.Value, 0), new Change.Unchanged(Keys.HistoryEntry(given.App, given.Id), 0));
    }

    /// <summary>Frees an application whose state names a rollout that there is none of, or that has ended: it could neither start another nor end this one.</summary>
    /// <param name="fleet">The rollback of all applications: the state that is written is newer than it, and has to take it in.</param>
    public static ChangeSet? Release(AppTraffic current, Known<FleetRollback> fleet, string why, ChangeNote note)
    {
        if (current.State.IsLost || current.State.Value is not { Rollout: { } rollout } before) return null;
        // An evacuated application whose canary is no more stays away from the colour.
        var swept = current.FindSwept(fleet) ?? before;
        var after = swept with { Rollout = null, Lock = swept.Lock ?? before.Evacuated?.ToLock() };
        return ChangeSet.Empty.With(
            new Change.Put(Keys.StateOf(current.Name), DocumentJson.Write(after), current.State.LatestIndex),
            note.Entry(current.Name, "rollout.released", $"rollout {rollout} is over for the application: {why}; the weights stay", before, after, rollout));
    }

    /// <summary>Takes the lock away; from then on all traffic is on the stable colour by its weights. The lock of an evacuation, if the application is evacuated, takes its place.</summary>
    /// <remarks>So is what an evacuated application gets back: an unlock has always ended what was between, a canary that was rolled back first of all.</remarks>
    public static ChangeSet Unlock(AppTraffic current, AppState state, ChangeNote note)
    {
        // The id makes it another document, newer than a rollback of all that is not swept yet; and it ends whatever agents were given before.
        var gone = state.Evacuated is { } evacuated ? evacuated with { Before = TrafficBefore.Of(Weights.AllOn(evacuated.Before.Stable), evacuated.Before.Stable), Left = Share.All } : null;
        var after = state with { Evacuated = gone, Lock = gone?.ToLock(), OverrideAck = OverrideOrder.Latest(state.OverrideAck, note.Id) };
        var weights = Stamp(Weights.AllOn(state.Stable), note, current.Weights.Value);
        return ChangeSet.Empty.With(
            new Change.Put(Keys.StateOf(current.Name), DocumentJson.Write(after), current.State.LatestIndex),
            new Change.Put(Keys.WeightsOf(current.Name), DocumentJson.Write(weights), current.Weights.LatestIndex),
            note.Entry(current.Name, "app.unlocked", $"unlocked by {note.By}; all traffic on {state.Stable.Word()}", state, after));
    }

    /// <summary>Brings one application's document after a fleet rollback that holds for it, or notes that one does not, which came to the store after what was given later; null when neither is so.</summary>
    public static IReadOnlyList<Change>? Sweep(AppTraffic current, Known<FleetRollback> fleet, Func<string> newId, DateTimeOffset now)
    {
        if (fleet.Value is not { } rollback || current.State.Value is not { } before || (current.FindSwept(fleet) ?? current.FindPassedOver(fleet)) is not { } after) return null;
        var note = new ChangeNote(newId(), rollback.By, rollback.Reason, now, rollback.Origin);
        var what = before.PassedOver == after.PassedOver
            ? $"all traffic locked to {after.Lock!.To.Word()} by {note.By}"
            : $"given by {note.By} before, and taken late by the store: what was given later, a rollback of the application or its unlock, holds";
        var sentence = string.Create(CultureInfo.InvariantCulture, $"rollback of all applications (index {fleet.ModifyIndex}): {what}");
        return
        [
            new Change.Put(Keys.StateOf(current.Name), DocumentJson.Write(after), current.State.LatestIndex),
            note.Entry(current.Name, "app.rolledBack", sentence, before, after),
        ];
    }

    /// <summary>Notes a change of the weights that somebody made in the store itself. Written at most once: its key says which write it is about.</summary>
    public static ChangeSet NoteHandEdit(AppTraffic before, AppTraffic after, DateTimeOffset now)
    {
        var index = after.Weights.LatestIndex;
        var id = string.Create(CultureInfo.InvariantCulture, $"hand-{index:D20}");
        var sentence = after.Weights.Problem is { } problem
            ? $"{problem}: written by hand and ignored; the last valid weights stay"
            : $"{before.Weights.Value?.Describe() ?? "no weights"} → {after.Weights.Value?.Describe()} by hand in the store"
                + (after.State.Value?.Lock is { } held ? $"; not applied, all traffic is locked to {held.To.Word()}" : "");
        var note = new ChangeNote(id, after.Weights.Problem is null ? after.Weights.Value?.By ?? "hand" : "hand", after.Weights.Value?.Reason, now);
        var entry = (Change.Set)note.Entry(after.Name, "weights.setByHand", sentence, before.Weights.Value, after.Weights.Problem is null ? after.Weights.Value : null,
            outcome: after.Weights.Problem is not null ? ChangeOutcome.Ignored : after.State.Value?.Lock is not null ? ChangeOutcome.Held : ChangeOutcome.Done);
        return ChangeSet.Empty.With(new Change.Put(entry.Key, entry.Value, 0));
    }

    private static TrafficLock LockOf(Colour to, bool force, bool sever, ChangeNote note) =>
        new() { To = to, By = note.By, Reason = note.Reason ?? DefaultReason, At = note.At, Force = force, Sever = sever };

    private static Weights Stamp(Weights weights, ChangeNote note, Weights? before = null) => weights with
    {
        By = note.By,
        Reason = note.Reason,
        At = note.At,
        Change = note.Id,
        UnknownFields = weights.UnknownFields ?? before?.UnknownFields,
    };
}
