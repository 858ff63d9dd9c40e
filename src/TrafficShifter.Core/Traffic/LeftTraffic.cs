using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>The side that a lock took an application's traffic from: its servers, and who else uses them.</summary>
/// <param name="Lock">In effect on this node: read back, and the other side has a usable server.</param>
/// <param name="Backend">The backend of the servers; of a pool the left colour's.</param>
/// <param name="Elsewhere">Applications with the same pool, up to 100, that are not locked to the same colour: sessions of theirs are on these servers.</param>
/// <param name="Unsevered">Applications with the same pool, up to 100, whose sessions nobody asked to cut.</param>
public sealed record LeftTraffic(AppTraffic App, TrafficLock Lock, ProxyName Backend, IReadOnlyList<AppName> Elsewhere, IReadOnlyList<AppName> Unsevered)
{
    public Colour Colour => Lock.To.Other();

    /// <summary>Null when no lock holds, or when it is not in effect: its colour must have the traffic before the other one is left.</summary>
    /// <param name="seen">What was read back last.</param>
    public static LeftTraffic? Of(AppTraffic app, Known<FleetRollback> fleet, AppObservation? seen, SharedPools pools)
    {
        if (app is not { Exists: true, Definition.Value.Routing: var routing } || app.FindLock(fleet) is not { } held) return null;
        if (seen is not { InSync: true, Served: true } || seen.Observed != (held.To == Colour.Green ? Share.All : Share.None)) return null;
        var (elsewhere, unsevered) = routing.Pool is { } pool ? pools.Find(pool, held.To) : ([], []);
        return new LeftTraffic(app, held, routing.BackendOf(held.To.Other()), elsewhere, unsevered);
    }

    /// <summary>Whether a server of the backend belongs to the side.</summary>
    public bool Has(ProxyName server) => App.Definition.Value!.Routing is var routing && (routing.Kind == RoutingKind.Map || routing.FindColour(server) == Colour);

    /// <summary>Whether each server of the side is in maintenance, of the servers as they were read.</summary>
    public bool IsInMaintenance(IReadOnlyList<ServerReading> servers) =>
        App.Definition.Value!.Routing.Kind == RoutingKind.Weights && servers.All(s => !Has(s.Name) || s.Health == ServerHealth.Maintenance);

    /// <summary>Why the sessions may not be cut; null when they may.</summary>
    /// <remarks>HAProxy does not say which application a session is of: neither <c>show sess</c> nor <c>show sess all</c> has its host.</remarks>
    public string? FindSeverProblem() => Unsevered.Count == 0 ? null
        : $"pool \"{App.Definition.Value!.Routing.Pool}\" is also used by {Analysis.Words.List([.. Unsevered.Select(a => a.Value)])}, and HAProxy does not tell whose session is whose; a rollback of these with \"sever\":true cuts all of them";
}
