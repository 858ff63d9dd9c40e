using TrafficShifter.Core.Access;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>Says with each thing what whoever asks may do with it, and what is not possible now: by the same rules that refuse it when it is tried.</summary>
public sealed class Offers(TrafficReader reader, RolloutReader rollouts, TrafficFollower follower, StandstillReader standstills, TimeProvider time)
{
    /// <summary>What holds all rollouts now; nothing when the store is away, which is said as such.</summary>
    public async Task<Standstill> FindStandstillAsync(CancellationToken cancellationToken)
    {
        try
        {
            return follower.Problem is null ? await standstills.ReadAsync(cancellationToken) : Standstill.None;
        }
        catch (StoreException)
        {
            return Standstill.None;
        }
    }

    /// <summary>Of one among many, whose rollouts nobody reads: what was never noted to be promoted has nothing to undo, and of the rest it is said when one looks at it alone.</summary>
    public Offer OfApp(HttpContext http, AppTraffic app, Known<FleetRollback> fleet, Standstill standstill) => OfApp(http, app, fleet, standstill, app.State.Value?.StableSince is not null);

    public async Task<Offer> OfAppAsync(HttpContext http, AppReading reading) =>
        OfApp(http, reading.App, reading.Fleet, await FindStandstillAsync(http.RequestAborted), await IsPromotedAsync(reading.App, http.RequestAborted));

    private Offer OfApp(HttpContext http, AppTraffic app, Known<FleetRollback> fleet, Standstill standstill, bool promoted) => Offer.Of(
        Caller.Of(http).Can(Verbs.OfApps, app.Name, app.Definition.Value?.Owners ?? []),
        Offer.FindBlocked(app, app.FindLock(fleet), standstill.Find(app.Name, time.GetUtcNow()), follower.Problem is not null, promoted));

    /// <summary>Where the store does not say it, undoing is offered: it is refused in words if there is nothing to undo.</summary>
    private async Task<bool> IsPromotedAsync(AppTraffic app, CancellationToken cancellationToken)
    {
        if (app.State.Value is not { } state) return false;
        try
        {
            return follower.Problem is not null || await rollouts.IsPromotedAsync(app.Name, state, app.State.ModifyIndex, cancellationToken);
        }
        catch (StoreException)
        {
            return true;
        }
    }

    /// <param name="index">ModifyIndex of the rollout's document.</param>
    public async Task<Offer> OfRolloutAsync(HttpContext http, Rollout rollout, ulong index) =>
        OfRollout(http, rollout, index, await reader.ReadOrRecallAsync(rollout.App, http.RequestAborted), await FindStandstillAsync(http.RequestAborted));

    /// <param name="index">ModifyIndex of the rollout's document.</param>
    public Offer OfRollout(HttpContext http, Rollout rollout, ulong index, AppReading reading, Standstill standstill)
    {
        var (who, now) = (Caller.Of(http), time.GetUtcNow());
        var can = who.Can(Verbs.OfRollouts, rollout.App, reading.App.Definition.Value?.Owners ?? []).ToList();
        var blocked = new Dictionary<string, string>();
        foreach (var verb in CommandRules.Commands)
        {
            if (FindRefusal(rollout, index, reading, standstill.Find(rollout.App, now), new ChangeNote("", who.Name, null, now), who, verb) is not { } refusal) continue;
            if (refusal.IsForbidden) can.Remove(verb);
            else blocked[verb] = refusal.Why;
        }
        if (!rollout.Phase.IsEnd()) blocked["retry"] = "the rollout has not ended";
        if (follower.Problem is not null)
            foreach (var verb in CommandRules.Commands.Append("retry")) blocked[verb] = "the store is away: only rollback works, straight to the agents";
        return Offer.Of(can, blocked);
    }

    private static (string Why, bool IsForbidden)? FindRefusal(Rollout rollout, ulong index, AppReading reading, string? standstill, ChangeNote note, Identity who, string verb)
    {
        if (rollout.Phase.IsEnd()) return ($"the rollout has ended ({rollout.Phase}): {rollout.Outcome}", false);
        var tick = RolloutTick.ForCommand(reading.App, reading.Lock, index, CommandRules.Make(verb, note, who), note.At) with { Standstill = verb is "promote" or "resume" ? standstill : null };
        var (decision, _) = RolloutEngine.Decide(rollout, tick);
        return CommandRules.FindRefusal(rollout, decision, verb, note.By, reading.Lock is not null);
    }
}
