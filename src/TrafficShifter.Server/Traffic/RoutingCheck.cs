using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Traffic;

/// <summary>Compares a routing with what the nodes' HAProxy really have, before it is written.</summary>
internal static class RoutingCheck
{
    private const int ShownServers = 10;

    /// <summary>The problem to answer with; null when a node has it as it should be, and when no node can be asked.</summary>
    public static async Task<ProblemHttpResult?> FindProblemAsync(Routing routing, Fleet fleet, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(routing.Backends.Select(backend => fleet.FindBackendAsync(backend, withPersistence: routing.Kind == RoutingKind.Weights, cancellationToken)));
        return routing.Kind == RoutingKind.Map ? FindPoolProblem(routing, answers[0], answers[1]) : FindProblem(routing, answers[0]);
    }

    private static ProblemHttpResult? FindPoolProblem(Routing routing, IReadOnlyList<BackendAnswer> blues, IReadOnlyList<BackendAnswer> greens)
    {
        var asked = blues.Join(greens, b => b.Node, g => g.Node, (b, g) => (b.Node, Both: new[] { b, g })).Where(n => n.Both.All(a => a.Problem is null)).ToList();
        var serving = asked.Where(n => n.Both.Any(a => a.Servers is not null)).ToList();
        if (asked.Count > 0 && serving.Count == 0)
            return ApiProblem.Impossible("/routing/pool", $"no node has backends \"{routing.BackendOf(Colour.Blue)}\" and \"{routing.BackendOf(Colour.Green)}\": {string.Join(", ", asked.Select(n => n.Node))} were asked; add them to haproxy.cfg and reload first");
        foreach (var (node, both) in serving)
        {
            foreach (var (answer, colour) in both.Zip([Colour.Blue, Colour.Green]))
                if (answer.Servers is null or { Count: 0 })
                    return ApiProblem.Impossible("/routing/pool", $"node {node} has {(answer.Servers is null ? "no backend" : "no server in backend")} \"{routing.BackendOf(colour)}\"; a pool is two backends, one for each colour");
            if (!both[0].HasMaps)
                return ApiProblem.Impossible("/routing/kind", $"node {node} is not set up for `map` routing: its agent's Agent:Nodes:…:Maps does not name the folder of the maps");
            if (both[0].MapsProblem is { } problem)
                return ApiProblem.Impossible("/routing/kind", $"node {node} cannot be used for `map` routing: {problem}");
        }
        return null;
    }

    private static ProblemHttpResult? FindProblem(Routing routing, IReadOnlyList<BackendAnswer> nodes)
    {
        var asked = nodes.Where(n => n.Problem is null).ToList();
        if (asked.Count > 0 && asked.All(n => n.Servers is null))
            return ApiProblem.Impossible("/routing/backend", $"no node has a backend \"{routing.Backend}\": {string.Join(", ", asked.Select(n => n.Node))} were asked; add it to haproxy.cfg and reload first");
        foreach (var node in asked.Where(n => n.Servers is not null))
            foreach (var colour in new[] { Colour.Blue, Colour.Green })
                if (!node.Servers!.Any(s => routing.FindColour(s.Name) == colour))
                    return ApiProblem.Impossible($"/routing/{colour.Word()}", $"backend \"{routing.Backend}\" on node {node.Node} has no server that is {colour.Word()} ({routing.Of(colour)}); it has {Names(node)}");
        foreach (var node in asked.Where(n => n.Servers is not null))
            foreach (var colour in new[] { Colour.Blue, Colour.Green })
                if (routing.Of(colour).Servers?.FirstOrDefault(listed => node.Servers!.All(s => s.Name != listed)) is { } absent)
                    return ApiProblem.Impossible($"/routing/{colour.Word()}/servers", $"backend \"{routing.Backend}\" on node {node.Node} has no server \"{absent}\"; it has {Names(node)}");
        return routing.OnPersistence == OnPersistence.Refuse && asked.FirstOrDefault(n => n.Persistence is not null) is { } keeping
            ? ApiProblem.Impossible("/routing/backend", $"backend \"{routing.Backend}\" on node {keeping.Node} has {keeping.Persistence} in haproxy.cfg: users that it keeps stay on their colour at weight 0, so a rollback would leave them behind; "
                + "remove it and reload, let a rollback put the servers that it leaves into maintenance with \"onPersistence\":\"maint\", or accept it with \"onPersistence\":\"warn\"")
            : null;
    }

    private static string Names(BackendAnswer node) => node.Servers!.Count == 0
        ? "no servers at all"
        : string.Join(", ", node.Servers.Take(ShownServers).Select(s => s.Name)) + (node.Servers.Count > ShownServers ? ", …" : "");
}
