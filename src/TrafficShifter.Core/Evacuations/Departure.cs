using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>What an evacuation does with one application.</summary>
public abstract record Departure
{
    private Departure() { }

    /// <summary>Traffic leaves, up to the evacuation's <see cref="Evacuation.Target"/>.</summary>
    /// <param name="Closes">All of it leaves now: the lock is set with it.</param>
    public sealed record Leave(bool Closes) : Departure;

    /// <summary>What is to have left has left, as the evacuation says.</summary>
    public sealed record Done : Departure;

    /// <summary>The application is left as it is.</summary>
    /// <param name="Why">As a sentence.</param>
    public sealed record Refuse(string Why) : Departure;

    /// <summary>Traffic leaves once what must be done before is done.</summary>
    /// <param name="Why">What is waited for, as a sentence.</param>
    public sealed record Wait(string Why) : Departure;

    /// <summary>The same, because of a rollout that runs; <c>force</c> ends it.</summary>
    public sealed record RefuseRollout(string Why) : Departure;

    /// <summary>The same, because the other colour cannot serve it; <c>force</c> moves it.</summary>
    public sealed record RefuseUnhealthy(string Why) : Departure;

    /// <summary>Why the application is left as it is; null when it is not.</summary>
    public string? Obstacle => this switch { Refuse r => r.Why, RefuseRollout r => r.Why, RefuseUnhealthy r => r.Why, _ => null };

    /// <summary>Decides on one application that exists.</summary>
    /// <param name="leaving">How far it is with what must be done before; null: nobody has been asked.</param>
    /// <remarks>
    /// 1. What is not readable is not written. 2. What a person locked to the colour is there, whatever had left. What has left has left; a rollout under a lock ends by itself, and one without is a canary back.
    /// 3. What somebody else holds, a person or another campaign, is theirs.
    /// 4. A rollout that runs, unless forced. 5. The other side's health, unless forced. 6. What must be done before: also when forced.
    /// </remarks>
    public static Departure Find(AppTraffic app, Known<FleetRollback> fleet, Evacuation evacuation, ColourSides sides, AppLeaving? leaving = null)
    {
        // 1
        if (app.State is not { Value: { IsReadOnly: false } state, Problem: null, IsLost: false }) return new Refuse(app.State.Problem ?? "its state cannot be written");
        if (app.Weights.Problem is { } broken) return new Refuse(broken);
        if (app.Weights.Value is { IsReadOnly: true }) return new Refuse("its weights were written by a newer version");
        // 2
        var held = app.FindLock(fleet);
        var gone = state.Evacuated;
        if (gone is not null && gone.Colour != evacuation.Colour) return new Refuse(gone.Describe());
        if (held is { Evacuation: null } && held.To == evacuation.Colour) return new Refuse($"all traffic is locked to {held.To.Word()} by {held.By} ({held.Reason}): unlock it first");
        if (gone is not null && gone.Left >= evacuation.Target && gone.Covers(evacuation) && (state.Rollout is null || held is not null)) return new Done();
        // 3
        if (evacuation.TakenOut.Contains(app.Name)) return new Refuse("a person took it out of the evacuation");
        if (state.Campaign is { } campaign && campaign != evacuation.Campaign) return new Refuse($"{campaign} holds it: abort that first");
        // 4
        if (state.Rollout is { } rollout && !evacuation.Force) return new RefuseRollout($"rollout {rollout} is running: wait for it, abort it, or say \"force\": true");
        // 5
        if (!evacuation.Force && gone is null && sides.FindUnfit(app.Name.Value) is { } unfit) return new RefuseUnhealthy(unfit);
        // 6
        if (gone is null && AppLeaving.FindWaiting(app.Definition.Value!.Leaving, leaving, evacuation, app.Name) is { } waiting) return new Wait(waiting);
        return new Leave(evacuation.Target == Share.All || state.Rollout is not null || gone?.Left == Share.All);
    }
}
