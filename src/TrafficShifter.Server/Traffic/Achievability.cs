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

    /// <summary>By what this process itself read back last from every node, without asking: nothing stands in the way. False also where that is not known.</summary>
    public bool IsExpected(AppDefinition app, Share green, bool force) =>
        app.Routing.Kind == RoutingKind.Weights && fleet.FindLocal(app.Name) is { } seen
            && seen.All(o => !o.Served || (o.InSync && Reconciliation.Plan(app.Routing, green, o.Servers, force) is { IsRefused: false, Problem: null }));

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
