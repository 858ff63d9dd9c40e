using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>What a restore does with one application that is evacuated.</summary>
public abstract record Returning
{
    private Returning() { }

    /// <summary>A canary begins.</summary>
    public sealed record Begin : Returning;

    /// <summary>Its canary runs.</summary>
    public sealed record Runs(string Rollout) : Returning;

    /// <summary>No traffic has to move: it gets its documents back.</summary>
    public sealed record GiveBack : Returning;

    /// <summary>It stays where it is.</summary>
    public sealed record Stay(string Why) : Returning;

    /// <summary>Decides on one application that is evacuated from the restoration's colour.</summary>
    public static Returning Find(AppTraffic app, Known<FleetRollback> fleet, Restoration restoration)
    {
        if (app.State is not { Value: { IsReadOnly: false, Evacuated: { } gone } state, Problem: null, IsLost: false }) return new Stay(app.State.Problem ?? "its state cannot be written");
        if (app.Weights.Problem is { } broken) return new Stay(broken);
        if (app.Weights.Value is { IsReadOnly: true }) return new Stay("its weights were written by a newer version");
        if (state.Rollout is { } running) return new Runs(running);
        if (app.FindLock(fleet) is { Evacuation: null } held)
            // A lock that was there before keeps what it kept; one that was set since is a person's word about now.
            return held.To == gone.Colour.Other() && held.At < gone.At ? new GiveBack() : new Stay($"all traffic is locked to {held.To.Word()} by {held.By} ({held.Reason}): unlock it, then restore again");
        if (gone.Before.ShareOf(gone.Colour) == Share.None) return new GiveBack();
        return gone.Failed is { } failed && failed.At >= restoration.At ? new Stay($"rollout {failed.Rollout} did not bring it back: {failed.Why}") : new Begin();
    }

    /// <summary>The canary that brings an application back, and the changes that begin it: its weights are all on the other colour, and the lock is gone.</summary>
    /// <param name="id">Of the rollout.</param>
    public static (Rollout Rollout, IReadOnlyList<Change> Changes) Start(AppTraffic app, Evacuated gone, Plan plan, RolloutId id, ChangeNote note)
    {
        var state = app.State.Value!;
        // Its weights are written with it, so their index is its own.
        var rollout = RolloutEngine.Create(id, PlanFor(plan, gone.Before.ShareOf(gone.Colour)), state, 0, note.By, note.Reason, note.At) with { WeightsIndex = null, ReturnsTo = gone.Before };
        var after = state with { Rollout = id.ToString(), Lock = null };
        var weights = Weights.AllOn(gone.Colour.Other()) with { By = note.By, Reason = note.Reason, At = note.At, Change = note.Id, UnknownFields = app.Weights.Value?.UnknownFields };
        return (rollout,
        [
            new Change.Put(Keys.Rollout(app.Name, id.ToString()), RolloutLog.Write(rollout), 0),
            new Change.Put(Keys.StateOf(app.Name), DocumentJson.Write(after), app.State.LatestIndex),
            new Change.Put(Keys.WeightsOf(app.Name), DocumentJson.Write(weights), app.Weights.LatestIndex),
            note.Entry(app.Name, "rollout.created", $"rollout in {rollout.Plan.Steps.Count} steps brings back what the application had: {gone.Before.Describe()}", state, after, id.ToString()),
        ]);
    }

    /// <summary>The plan up to a share: steps above it are left out, and it is the last one where the plan would have gone further.</summary>
    public static Plan PlanFor(Plan plan, Share share)
    {
        plan = plan.FittedTo(null);
        var steps = plan.Steps.Where(s => s.Share <= share).ToList();
        if (steps.Count < plan.Steps.Count && (steps.Count == 0 || steps[^1].Share < share)) steps.Add(plan.Steps[^1] with { Share = share });
        return plan with { Steps = steps };
    }

    /// <summary>The state after the end of a rollout that was to bring an application back: it has what it had, or stays evacuated.</summary>
    internal static AppState End(Rollout ended, AppState state, DateTimeOffset now)
    {
        if (ended.Phase == RolloutPhase.Succeeded) return EvacuationChanges.MakeStable(EvacuationChanges.Free(state), ended.ReturnsTo!.Stable, now);
        if (state.Evacuated is not { } gone) return state;
        var failed = new FailedReturn { Rollout = ended.Id.ToString(), Why = ended.Outcome ?? ended.Phase.ToString(), At = now };
        return state with { Evacuated = gone with { Failed = failed }, Lock = state.Lock ?? gone.ToLock() };
    }
}
