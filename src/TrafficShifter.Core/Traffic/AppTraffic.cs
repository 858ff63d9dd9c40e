using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Traffic;

/// <summary>Everything that decides where one application's traffic goes.</summary>
public sealed record AppTraffic(AppName Name)
{
    public Known<AppDefinition> Definition { get; init; } = Known<AppDefinition>.Nothing;

    public Known<Weights> Weights { get; init; } = Known<Weights>.Nothing;

    public Known<AppState> State { get; init; } = Known<AppState>.Nothing;

    /// <summary>Users who go to a colour whatever the weights say; for `map` routing.</summary>
    public Known<TargetRules> Targets { get; init; } = Known<TargetRules>.Nothing;

    /// <summary>A rollback given to this agent itself that the store has not taken in; null when there is none. It beats the store.</summary>
    public TrafficOverride? Override { get; init; }

    /// <summary>Index of the last change that this process wrote itself and followed at once, whole; 0 when there is none.</summary>
    public ulong OwnIndex { get; init; }

    /// <summary>Known, and not a tombstone.</summary>
    public bool Exists => Definition.Value is { Deleted: false } && State.Value is not null;

    /// <summary>Index of what stands in the store now under one of <see cref="TrafficSnapshot.Prefixes"/>; 0 when nothing does.</summary>
    internal ulong LatestIndex(string prefix) => prefix switch
    {
        Keys.Apps => Definition.LatestIndex,
        Keys.Weights => Weights.LatestIndex,
        Keys.Targets => Targets.LatestIndex,
        _ => State.LatestIndex,
    };

    /// <summary>Index of the newest document that this application's traffic follows from, the fleet rollback included.</summary>
    public ulong DesiredIndex(Known<FleetRollback> fleet) =>
        Math.Max(Math.Max(Math.Max(Weights.ModifyIndex, State.ModifyIndex), Math.Max(Definition.ModifyIndex, Targets.ModifyIndex)), FindNewer(fleet) is null ? 0 : fleet.ModifyIndex);

    /// <summary>The lock that holds now: an override's, else the fleet's rollback when that is newer than the state, else the application's own.</summary>
    public TrafficLock? FindLock(Known<FleetRollback> fleet) =>
        State.Value is { } known && Override is { } given && given.HoldsFor(Name, known, fleet.Value) ? given.ToLock(known)
        : OverriddenBy(fleet) is { } rollback && State.Value is { } state
            ? LockOf(rollback, state)
            : State.Value?.Lock;

    /// <summary>The state with the rollback of all that holds for it as its lock; null when none does.</summary>
    /// <remarks>Whatever else is written into the state must take it in: the state is newer than the rollback from then on, and would escape it. It is newer than whatever agents were given before it, too, and is what they may have been given with it.</remarks>
    public AppState? FindSwept(Known<FleetRollback> fleet) => Exists && State.Value is { } state && OverriddenBy(fleet) is { } rollback
        ? state with { Lock = LockOf(rollback, state), OverrideAck = rollback.Id is { } id ? OverrideOrder.Latest(state.OverrideAck, id) : state.OverrideAck }
        : null;

    /// <summary>The state with the rollback of all noted that a slow store took after it although it was given before; null when that is not so.</summary>
    /// <remarks>Written, it is newer than the rollback: who goes by the indexes alone sees what holds, too.</remarks>
    public AppState? FindPassedOver(Known<FleetRollback> fleet) =>
        Exists && State.Value is { } state && fleet.Value is { } rollback && fleet.ModifyIndex > State.ModifyIndex && IsGivenBefore(rollback) ? state with { PassedOver = rollback.Id } : null;

    /// <summary>Where the traffic should go; null when nothing says so yet, which means: leave it as it is.</summary>
    public DesiredTraffic? FindDesired(Known<FleetRollback> fleet)
    {
        if (!Exists) return null;
        if (FindLock(fleet) is { } held)
        {
            var kind = Override?.HoldsFor(Name, State.Value!, fleet.Value) == true ? DesiredSource.Override
                : OverriddenBy(fleet) is null ? DesiredSource.Lock : DesiredSource.FleetRollback;
            return new DesiredTraffic(held.To == Colour.Green ? Share.All : Share.None, kind, held.Force, DesiredIndex(fleet), held);
        }
        return Weights.Value is { } weights
            ? new DesiredTraffic(weights.ShareOf(Colour.Green), DesiredSource.Weights, weights.Force, DesiredIndex(fleet))
            : null;
    }

    /// <summary>What the maps should say of the application; null when it is not on `map` routing.</summary>
    /// <remarks>Where nothing valid says where the traffic should go, all of it is for the stable colour: without a row its users would get an error.</remarks>
    public MappedApp? FindMapped(Known<FleetRollback> fleet) => this is { Exists: true, Definition.Value: { Routing: { Kind: RoutingKind.Map, Pool: { } pool } routing } definition, State.Value: { } state }
        ? new MappedApp
        {
            Name = Name,
            Hosts = definition.Hosts,
            Pool = pool,
            Mode = routing.Mode ?? MapMode.Sticky,
            Green = FindDesired(fleet)?.Green ?? (state.Stable == Colour.Green ? Share.All : Share.None),
            Lock = FindLock(fleet)?.To,
            Stable = state.Stable,
            Rules = Targets.Value ?? TargetRules.None,
        }
        : null;

    /// <summary>What stands in the store under one of its keys cannot be used, or is not there any more.</summary>
    public bool HasUnusable => (Definition.Problem ?? Weights.Problem ?? State.Problem ?? Targets.Problem) is not null || Definition.IsLost || Weights.IsLost || State.IsLost || Targets.IsLost;

    /// <summary>What a person should know about the documents, one sentence each.</summary>
    public IEnumerable<string> FindProblems(Known<FleetRollback> fleet)
    {
        if (Targets.Problem is { } targets) yield return $"{targets}; the last valid target rules stay";
        if (Targets.IsLost) yield return $"kv-lost: targets/{Name} vanished; the last known target rules stay";
        if (Definition.Problem is { } definition) yield return $"{definition}; the last valid definition stays";
        if (State.Problem is { } state) yield return $"{state}; the last valid state stays";
        if (Weights.Problem is { } weights) yield return $"{weights}; the last valid weights stay";
        if (Exists && Definition.IsLost) yield return $"kv-lost: apps/{Name} vanished without being deleted; its traffic is left as it is";
        if (State.IsLost) yield return $"kv-lost: state/{Name} vanished; the last known state stays";
        if (Weights.IsLost) yield return $"kv-lost: weights/{Name} vanished; the last known weights stay";
        if (FindLock(fleet) is { } held && Weights.Value is { } ignored && ignored.ShareOf(held.To) != Share.All)
            yield return $"weights {ignored.Describe()} are stored and not applied: all traffic is locked to {held.To.Word()} by {held.By} ({held.Reason})";
    }

    private FleetRollback? OverriddenBy(Known<FleetRollback> fleet) =>
        FindNewer(fleet) is { } rollback && !(State.Value is { } state && HasTakenIn(state, rollback)) ? rollback : null;

    private FleetRollback? FindNewer(Known<FleetRollback> fleet) =>
        fleet.Value is { } rollback && fleet.ModifyIndex > State.ModifyIndex && !IsGivenBefore(rollback) ? rollback : null;

    // A slow store may take a rollback of all after one of this application that was given later, or after the unlock: its index is newer then, and its id is not.
    private bool IsGivenBefore(FleetRollback rollback) =>
        rollback.KnownIndex > 0 && State.ModifyIndex > rollback.KnownIndex && OverrideOrder.IsLater(State.Value?.OverrideAck, rollback.Id);

    // Agents may have been given the same rollback, and its lock written, before a slow store takes the rollback itself. Written once more as it is, the
    // state would have no newer index: Consul changes nothing then. By the index alone it would be brought after the rollback for ever.
    private static bool HasTakenIn(AppState state, FleetRollback rollback) =>
        state.Lock is { } held && held == LockOf(rollback, state) && (rollback.Id is not { } id || string.CompareOrdinal(state.OverrideAck, id) >= 0);

    private static TrafficLock LockOf(FleetRollback rollback, AppState state) =>
        new() { To = rollback.ColourFor(state), By = rollback.By, Reason = rollback.Reason, At = rollback.At, Force = rollback.Force, Sever = rollback.Sever };
}

/// <param name="Green">Green's share; blue has the rest.</param>
/// <param name="Force">Also where a colour that is to get traffic has no usable server.</param>
/// <param name="Index">ModifyIndex of the newest document that this follows from.</param>
/// <param name="Lock">What holds the traffic where it is; null when the weights decide.</param>
public sealed record DesiredTraffic(Share Green, DesiredSource Source, bool Force, ulong Index, TrafficLock? Lock = null)
{
    public Share Of(Colour colour) => colour == Colour.Green ? Green : Green.Rest;
}

public enum DesiredSource
{
    Weights,
    Lock,
    FleetRollback,

    /// <summary>A rollback given to the agents themselves while the store was away.</summary>
    Override,
}
