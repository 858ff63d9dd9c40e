using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>
/// Which servers are to be in maintenance because of a lock: those of the colour that it took the traffic from, where the routing says so
/// (<see cref="OnPersistence.Maint"/>). Weight 0 leaves the users there whom HAProxy's own persistence keeps; maintenance moves them.
/// </summary>
public static class Maintenance
{
    /// <summary>The servers that are wanted in maintenance now, whatever state they are in.</summary>
    public static IReadOnlySet<ServerName> FindWanted(AppTraffic app, Known<FleetRollback> fleet, IEnumerable<ServerName> servers) =>
        app is { Exists: true, Definition.Value.Routing: { Kind: RoutingKind.Weights, OnPersistence: OnPersistence.Maint } routing } && app.FindLock(fleet) is { } held
            ? servers.Where(s => s.Backend == routing.Backend && routing.FindColour(s.Server) == held.To.Other()).ToHashSet()
            : new HashSet<ServerName>();

    /// <summary>The servers that have to be put into maintenance now. None before all traffic is where the lock wants it: nobody is moved to nowhere.</summary>
    /// <param name="plan">The plan for these servers as they were read.</param>
    public static IReadOnlyList<ServerName> FindMissing(Routing routing, DesiredTraffic desired, IReadOnlyList<ServerReading> servers, Reconciliation plan)
    {
        if (routing.OnPersistence != OnPersistence.Maint || desired.Lock is not { } held) return [];
        if (plan.Commands.Count > 0 || plan.ObservedShare != desired.Green || !HasUsable(held.To)) return [];
        return [.. servers.Where(s => routing.FindColour(s.Name) == held.To.Other() && s.Health != ServerHealth.Maintenance).Select(s => new ServerName(routing.Backend!, s.Name))];

        bool HasUsable(Colour colour) => servers.Any(s => routing.FindColour(s.Name) == colour && s is { Health: ServerHealth.Up, Weight: > 0 });
    }
}
