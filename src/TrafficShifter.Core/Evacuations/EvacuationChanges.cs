using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>The changes of one application whose traffic leaves a colour or comes back to it. The caller adds its fence and what must not have changed.</summary>
public static class EvacuationChanges
{
    /// <summary>Takes traffic off the colour; what the application had is noted the first time and never again.</summary>
    /// <param name="closes">All of it, and a lock with it.</param>
    /// <remarks>
    /// A rollout that runs ends by the lock in its next turn, and what it had moved is not what the application had. Nor are weights under a person's lock: whoever unlocks
    /// has all traffic on the stable colour.
    /// </remarks>
    public static IReadOnlyList<Change> Leave(AppTraffic app, Known<FleetRollback> fleet, Evacuation evacuation, bool closes, ChangeNote note)
    {
        var (state, colour) = (WithLock(app, fleet), evacuation.Colour);
        var had = app.Weights.Value is { } weights && state is { Rollout: null, Lock: null } ? weights : Weights.AllOn(state.Stable);
        var gone = state.Evacuated ?? new Evacuated
        {
            Id = evacuation.Id, Colour = colour, Before = TrafficBefore.Of(had, state.Stable), By = evacuation.By, Reason = evacuation.Reason, At = note.At,
        };
        // What has left does not come back because the evacuation is asked for once more.
        gone = gone with { Left = closes ? Share.All : state.Evacuated is { } left && left.Left > evacuation.Target ? left.Left : evacuation.Target, Force = evacuation.Force, Sever = evacuation.Sever, Failed = null };
        var after = MakeStable(state, colour.Other(), note.At) with
        {
            Evacuated = gone, Campaign = evacuation.Campaign,
            // A person's lock that leads away from the colour stays theirs.
            Lock = state.Lock is { Evacuation: null } theirs ? theirs : closes ? gone.ToLock() : null,
        };
        var next = closes ? Weights.AllOn(colour.Other()) : Weights.Giving(colour, StayingOf(gone.Before.ShareOf(colour), gone.Left));
        return
        [
            new Change.Put(Keys.StateOf(app.Name), DocumentJson.Write(after), app.State.LatestIndex),
            Put(app, next, note),
            note.Entry(app.Name, "app.evacuated", $"{colour.Word()} is evacuated by {note.By}: {app.Weights.Value?.Describe() ?? "no weights"} → {next.Describe()}", state, after, state.Rollout),
        ];
    }

    /// <summary>What the colour still has of an application's traffic while it leaves in steps.</summary>
    /// <param name="had">What the colour had before.</param>
    /// <param name="left">The part of it that has left.</param>
    public static Share StayingOf(Share had, Share left) => Share.Of((long)had.BasisPoints * left.Rest.BasisPoints, (long)Share.MaxBasisPoints * Share.MaxBasisPoints);

    /// <summary>Gives an application back what it had, in one step: where nothing of it was on the colour, or a lock keeps its traffic off it anyway.</summary>
    public static IReadOnlyList<Change> GiveBack(AppTraffic app, Known<FleetRollback> fleet, Evacuated gone, ChangeNote note)
    {
        var state = WithLock(app, fleet);
        var after = MakeStable(Free(state), gone.Before.Stable, note.At);
        return
        [
            new Change.Put(Keys.StateOf(app.Name), DocumentJson.Write(after), app.State.LatestIndex),
            Put(app, gone.Before.ToWeights(), note),
            note.Entry(app.Name, "app.restored", $"restored by {note.By}: it has what it had, {gone.Before.Describe()}", state, after),
        ];
    }

    /// <summary>Notes that a person took an application out of its evacuation by force, so that it stays out; null where the evacuation is over.</summary>
    public static Change? TakeOut(AppName app, Reading<Evacuation>? evacuation) => evacuation is Reading<Evacuation>.Good { Value: { IsOn: true, IsReadOnly: false } on, ModifyIndex: var index }
        ? new Change.Put(Keys.Evacuation(on.Colour), DocumentJson.Write(on with { TakenOut = [.. on.TakenOut.Where(a => a != app), app] }), index)
        : null;

    /// <summary>The state of an application that no evacuation holds any more; its own lock goes, a person's stays.</summary>
    public static AppState Free(AppState state) => state with
    {
        Evacuated = null,
        Campaign = state.Evacuated is { } gone && state.Campaign == Evacuation.CampaignOf(gone.Colour) ? null : state.Campaign,
        Lock = state.Lock is { Evacuation: not null } ? null : state.Lock,
    };

    /// <summary>The state with another stable colour, since now; itself where it is that one.</summary>
    internal static AppState MakeStable(AppState state, Colour stable, DateTimeOffset now) => state.Stable == stable ? state : state with { Stable = stable, StableSince = now };

    /// <summary>The state with the lock that holds: written, it is newer than a rollback of all that is not swept yet, and must not escape it.</summary>
    private static AppState WithLock(AppTraffic app, Known<FleetRollback> fleet) => app.FindSwept(fleet) ?? app.State.Value!;

    private static Change.Put Put(AppTraffic app, Weights next, ChangeNote note) => new(
        Keys.WeightsOf(app.Name),
        DocumentJson.Write(next with { By = note.By, Reason = note.Reason, At = note.At, Change = note.Id, UnknownFields = app.Weights.Value?.UnknownFields }),
        app.Weights.LatestIndex);
}
