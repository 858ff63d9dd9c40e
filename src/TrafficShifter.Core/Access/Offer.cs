using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Access;

/// <summary>What somebody may do with a thing, and which of that does nothing now.</summary>
/// <param name="Can">Names of the verbs that are permitted.</param>
/// <param name="Blocked">Why some of them are not possible now, a sentence by the verb's name.</param>
public sealed record Offer(IReadOnlyList<string> Can, IReadOnlyDictionary<string, string> Blocked)
{
    /// <summary>Leaves out of <paramref name="blocked"/> what is not permitted anyway.</summary>
    public static Offer Of(IReadOnlyList<string> can, IReadOnlyDictionary<string, string> blocked) => new(can, blocked.Where(b => can.Contains(b.Key)).ToDictionary(b => b.Key, b => b.Value));

    /// <summary>Why verbs on an application are not possible now. To roll back always is.</summary>
    /// <param name="standstill">Why nothing goes forward now; null when it may.</param>
    /// <param name="storeAway">Nothing is written but an emergency rollback.</param>
    /// <param name="promoted">A promotion made the stable colour what it is, and can be undone.</param>
    public static IReadOnlyDictionary<string, string> FindBlocked(AppTraffic app, TrafficLock? held, string? standstill, bool storeAway, bool promoted)
    {
        var blocked = new Dictionary<string, string>();
        if (storeAway) Block("the store is away: only rollback works, straight to the agents", Verbs.OfApps.Where(v => v.Least > Role.Viewer && v != Verbs.RollBack));
        if (app.State.Value?.Evacuated is { } gone) Block(gone.Describe(), [Verbs.Shift, Verbs.Start, Verbs.Undo, Verbs.Define, Verbs.Delete]);
        if (app.State.Value?.Campaign is { } campaign) Block($"{campaign} holds it", [Verbs.Define, Verbs.Delete]);
        if (held is { Evacuation: not null }) Block($"its lock is the evacuation's: {app.State.Value?.Evacuated?.Describe()}", [Verbs.Unlock]);
        if (held is null) Block("it is not locked", [Verbs.Unlock]);
        else Block($"all traffic is locked to {held.To.Word()} by {held.By} ({held.Reason}): unlock first", [Verbs.Shift, Verbs.Start, Verbs.Undo]);
        if (app.Definition.Value?.Routing.Kind == RoutingKind.Weights) Block("target rules need `map` routing", [Verbs.Targets]);
        if (app.State.Value?.Rollout is { } running) Block($"rollout {running} is running", [Verbs.Start, Verbs.Undo, Verbs.Delete]);
        else if (app.Weights.Value is { } weights && app.State.Value is { } state && weights.ShareOf(state.Stable) != Share.All)
            Block($"a rollout begins with all traffic on {state.Stable.Word()}; the weights are {weights.Describe()}", [Verbs.Start]);
        if (standstill is not null) Block(standstill, [Verbs.Start]);
        if (!promoted) Block("there is no promotion to undo", [Verbs.Undo]);
        return blocked;

        void Block(string why, IEnumerable<Verb> verbs)
        {
            foreach (var verb in verbs) blocked.TryAdd(verb.Name, why);
        }
    }
}
