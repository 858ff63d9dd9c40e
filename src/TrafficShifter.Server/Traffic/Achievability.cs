using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Traffic;

/// <summary>Asks the nodes which servers an application has there, and plans a share on them without setting anything.</summary>
public sealed class Achievability(Fleet fleet)
{
    /// <summary>One result per node that answers and serves the application.</summary>
    public async Task<IReadOnlyList<AchievableShare>> PlanAsync(AppDefinition app, Share green, bool force, CancellationToken cancellationToken)
    {
        var backends = await Task.WhenAll(app.Routing.Backends.Select(backend => fleet.FindBackendAsync(backend, withPersistence: false, cancellationToken)));
        return app.Routing.Kind == RoutingKind.Map
            ? [.. backends[0].Zip(backends[1]).Where(n => n.First.Servers is not null || n.Second.Servers is not null).Select(n => Plan(app.Routing, green, n.First, n.Second))]
            : [.. backends[0].Where(n => n.Servers is { Count: > 0 }).Select(n => Plan(n.Node, app.Routing, green, force, n.Servers!))];
    }

    /// <summary>The same by what this process itself read back last from every node, without asking; null where that is not known, or anything stands in the way.</summary>
    public IReadOnlyList<AchievableShare>? FindExpected(AppDefinition app, Share green, bool force)
    {
        if (app.Routing.Kind != RoutingKind.Weights || fleet.FindLocal(app.Name) is not { } seen || seen.Any(o => o.Served && !o.InSync)) return null;
        List<AchievableShare> shares = [.. seen.Where(o => o is { Served: true, Servers.Count: > 0 }).Select(o => Plan(o.Node, app.Routing, green, force, o.Servers))];
        return shares.TrueForAll(s => s is { Refused: false, Problem: null }) ? shares : null;
    }

    private static AchievableShare Plan(Routing routing, Share green, BackendAnswer blue, BackendAnswer greens)
    {
        var plan = Reconciliation.Plan(new PoolReading(routing.Pool!, blue.Servers, greens.Servers), green);
        return new AchievableShare(blue.Node, plan.AchievableShare, null, plan.Problem, plan.IsRefused);
    }

    private static AchievableShare Plan(string node, Routing routing, Share green, bool force, IReadOnlyList<ServerReading> servers)
    {
        var plan = Reconciliation.Plan(routing, green, servers, force);
        var weights = servers.Where(s => routing.FindColour(s.Name) is not null).ToDictionary(s => s.Name.Value, s => s.Weight);
        foreach (var command in plan.Commands) weights[command.Server.Value] = command.Weight;
        return new AchievableShare(node, plan.AchievableShare, weights, plan.Problem, plan.IsRefused);
    }
}
