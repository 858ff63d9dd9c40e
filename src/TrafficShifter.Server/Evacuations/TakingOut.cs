using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>What is refused of an application that a campaign holds, and how an admin does it all the same.</summary>
public sealed class TakingOut(EvacuationReader evacuations)
{
    /// <summary>Why traffic may not go to the colour that the application was evacuated from; null when it was not, or when whoever asks may force it and does.</summary>
    public static ProblemHttpResult? FindRefusal(HttpContext http, AppState state, bool force, string? reason) =>
        state.Evacuated is not { } gone ? null : FindRefusal(http, $"{gone.Describe()}. An admin may say \"force\": true with a reason, which takes the application out of the evacuation", force, reason, gone);

    /// <summary>Why the definition may not be changed while a campaign holds the application; null when none does, or when whoever asks may force it and does.</summary>
    public static ProblemHttpResult? FindHolding(HttpContext http, AppName app, AppState? state, bool force, string? reason) =>
        state?.Campaign is not { } campaign ? null
            : FindRefusal(http, $"{campaign} holds \"{app}\": its definition stays as it is until that ends, so that nothing which applies definitions by itself undoes it. An admin may say ?force=true&reason=…", force, reason, state);

    /// <summary>Where a new application begins, and what must not have changed until it is written: not on a colour that is evacuated, unless that was named and is forced.</summary>
    /// <param name="named">The colour that was asked for; null: blue, or green while blue is evacuated.</param>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<(Colour Colour, Change[] Required, ProblemHttpResult? Refused)> BeginAsync(HttpContext http, Colour? named, bool force, string? reason)
    {
        var colour = named ?? Colour.Blue;
        var reading = await evacuations.FindAsync(colour, http.RequestAborted);
        Change[] required = [new Change.Unchanged(Keys.Evacuation(colour), reading?.ModifyIndex ?? 0)];
        if (reading?.Find() is not { IsOn: true } on) return (colour, required, null);
        return named is null
            ? (colour.Other(), required, null)
            : (colour, required, FindRefusal(http, $"{colour.Word()} is evacuated by {on.By}: a new application begins on {colour.Other().Word()}. An admin may say ?force=true&reason=…", force, reason, on));
    }

    /// <summary>What must not have changed until a rollout to a colour is written, and why there is none: all traffic is taken off the colour, or was. Who was taken out of that may.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<(Change[] Required, ProblemHttpResult? Refused)> FindLeavingAsync(AppState state, AppName app, Colour to, CancellationToken cancellationToken)
    {
        var reading = await evacuations.FindAsync(to, cancellationToken);
        if (reading?.Find() is not { IsLeft: true } on) return ([new Change.Unchanged(Keys.Evacuation(to), reading?.ModifyIndex ?? 0)], null);
        return ([], on.TakenOut.Contains(app) ? null : ApiProblem.Held($"{to.Word()} is evacuated by {on.By}{(on.Reason is { } why ? $" ({why})" : "")}: no rollout to it begins; POST /api/v1/colours/{to.Word()}/restore ends that", state));
    }

    /// <summary>The application as it is once it is taken out, and what else is written with it; as it was where it is not evacuated.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<(AppReading Reading, Change[] Changes)> TakeAsync(AppReading reading, CancellationToken cancellationToken)
    {
        if (reading.App is not { State.Value: { Evacuated: { } gone } state } app) return (reading, []);
        var noted = EvacuationChanges.TakeOut(app.Name, await evacuations.FindAsync(gone.Colour, cancellationToken));
        return (reading with { App = app with { State = app.State with { Value = EvacuationChanges.Free(state) } } }, noted is null ? [] : [noted]);
    }

    private static ProblemHttpResult? FindRefusal(HttpContext http, string why, bool force, string? reason, object current)
    {
        if (!force) return ApiProblem.Held(why, current);
        if (!Caller.Of(http).Permits(Verbs.Evacuate)) return ApiProblem.Of(403, "forbidden", "Not permitted", Caller.Of(http).Refuse(Verbs.Evacuate, null, []));
        return string.IsNullOrWhiteSpace(reason) ? ApiProblem.Impossible("/reason", "who overrides a campaign says why") : null;
    }
}
