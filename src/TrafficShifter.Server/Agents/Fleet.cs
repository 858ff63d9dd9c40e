using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>All registered nodes, asked through their agents: those of this process directly, the others over HTTP.</summary>
public sealed class Fleet(KnownNodes known, TrafficFollower follower, NodeAgents local, AgentClient client, AgentDesk desk, TimeProvider time)
{
    /// <summary>The way to an agent and back.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc cref="KnownNodes.ListAsync"/>
    public Task<IReadOnlyList<NodeRegistration>> ListAsync(CancellationToken cancellationToken) => known.ListAsync(cancellationToken);

    /// <summary>Asks every node about one application; each has up to <paramref name="wait"/> to be observed at <paramref name="index"/>.</summary>
    public async Task<IReadOnlyList<NodeStatus>> ObserveAsync(AppName app, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var nodes = await ListAsync(cancellationToken);
        return await Task.WhenAll(nodes.Select(node => ObserveAsync(node, app, index, wait, cancellationToken)));
    }

    /// <summary>Names of the nodes whose agents have not heard of <paramref name="index"/> within <paramref name="patience"/>, or do not answer.</summary>
    public async Task<IReadOnlySet<string>> FindBehindAsync(AppName app, ulong index, TimeSpan patience)
    {
        var nodes = await ListAsync(CancellationToken.None);
        var behind = await Task.WhenAll(nodes.Select(async node => await HasHeardAsync(node, app, index, patience) ? null : node.Node));
        return behind.OfType<string>().ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>One that says nothing at all is waited for hardly longer than one that says that it has not heard.</summary>
    private async Task<bool> HasHeardAsync(NodeRegistration node, AppName app, ulong index, TimeSpan patience)
    {
        try
        {
            return await HearAsync(node, app, index, patience).WaitAsync(patience + Moment, time) >= index;
        }
        catch (Exception silent) when (silent is TimeoutException or AgentException)
        {
            return false;
        }
    }

    /// <summary>Not until it is observed: with thousands of applications that takes longer than hearing of it, and a node that is at work is not cut off.</summary>
    private async Task<ulong> HearAsync(NodeRegistration node, AppName app, ulong index, TimeSpan patience)
    {
        if (local.Find(node.Node) is { } agent) return await agent.HearAsync(app, index, patience, CancellationToken.None);
        if (node.Address is null) return 0;
        var answer = await client.ObserveAsync(node.Address, node.Node, app, index, patience, CancellationToken.None, heard: true);
        return Math.Max(answer.Heard, answer.Watermark);
    }

    /// <summary>Asks every agent, once, about all applications; each node has up to <paramref name="wait"/> to be observed at <paramref name="index"/>.</summary>
    public async Task<IReadOnlyList<FleetNodeStatus>> ObserveAllAsync(ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var nodes = await ListAsync(cancellationToken);
        var answers = await Task.WhenAll(nodes.GroupBy(n => local.Find(n.Node) is null ? n.Address : null)
            .Select(agent => ObserveAllAsync(agent.Key, [.. agent.Select(n => n.Node)], index, wait, cancellationToken)));
        return [.. answers.SelectMany(a => a).OrderBy(s => s.Node, StringComparer.Ordinal)];
    }

    /// <param name="address">The agent's; null for the nodes of this process.</param>
    private async Task<IReadOnlyList<FleetNodeStatus>> ObserveAllAsync(string? address, IReadOnlyList<string> nodes, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            var said = address is null
                ? await local.ObserveAllAsync(follower, index, wait, time, cancellationToken)
                : await client.ObserveAllAsync(address, string.Join(", ", nodes), index, wait, cancellationToken);
            return [.. nodes.Select(node => said.FirstOrDefault(s => s.Node == node)
                ?? FleetNodeStatus.Unknown(node, address is null ? "its agent has no address of its own and is not in this process" : "the agent that answers at its address does not drive it"))];
        }
        catch (AgentException unreachable)
        {
            return [.. nodes.Select(node => FleetNodeStatus.Unknown(node, unreachable.Message))];
        }
    }

    /// <summary>Asks every agent, once, what it sees of a colour: one status for every node, reached or not.</summary>
    public async Task<ColourSides> ObserveColourAsync(Colour colour, CancellationToken cancellationToken)
    {
        var nodes = await ListAsync(cancellationToken);
        var answers = await Task.WhenAll(nodes.GroupBy(n => local.Find(n.Node) is null ? n.Address : null)
            .Select(agent => ObserveColourAsync(agent.Key, [.. agent.Select(n => n.Node)], colour, cancellationToken)));
        return new ColourSides(colour, [.. answers.SelectMany(a => a).OrderBy(s => s.Node, StringComparer.Ordinal)]);
    }

    /// <param name="address">The agent's; null for the nodes of this process.</param>
    private async Task<IReadOnlyList<ColourNodeStatus>> ObserveColourAsync(string? address, IReadOnlyList<string> nodes, Colour colour, CancellationToken cancellationToken)
    {
        try
        {
            var said = address is null ? local.ObserveColour(follower, colour) : await client.ObserveColourAsync(address, string.Join(", ", nodes), colour, cancellationToken);
            return [.. nodes.Select(node => said.FirstOrDefault(s => s.Node == node)
                ?? ColourNodeStatus.Unknown(node, address is null ? "its agent has no address of its own and is not in this process" : "the agent that answers at its address does not drive it"))];
        }
        catch (AgentException unreachable)
        {
            return [.. nodes.Select(node => ColourNodeStatus.Unknown(node, unreachable.Message))];
        }
    }

    /// <summary>What was seen last of an application on the nodes, where all that are known are driven by this process and none is failing; else null. Asks nobody.</summary>
    public IReadOnlyList<AppObservation>? FindLocal(AppName app)
    {
        var seen = new List<AppObservation>();
        foreach (var node in known.Names)
        {
            if (local.Find(node)?.Find(app, 0) is not { Index: > 0, NodeFailing: false } last) return null;
            seen.Add(last);
        }
        return seen.Count > 0 ? seen : null;
    }

    /// <summary>Asks every node for a backend's servers, and on request for what keeps users on them.</summary>
    public async Task<IReadOnlyList<BackendAnswer>> FindBackendAsync(ProxyName backend, bool withPersistence, CancellationToken cancellationToken)
    {
        var nodes = await ListAsync(cancellationToken);
        return await Task.WhenAll(nodes.Select(node => FindBackendAsync(node, backend, withPersistence, cancellationToken)));
    }

    /// <summary>Gives an override to the agents of all nodes at once, or of some; one status for every node, reached or not.</summary>
    /// <param name="only">Names of the nodes; null for all.</param>
    public async Task<IReadOnlyList<RescueStatus>> GiveAsync(TrafficOverride given, TimeSpan wait, IReadOnlySet<string>? only, CancellationToken cancellationToken)
    {
        var nodes = (await ListAsync(cancellationToken)).Where(n => only?.Contains(n.Node) != false);
        var answers = await Task.WhenAll(nodes.GroupBy(n => local.Find(n.Node) is null ? n.Address : null)
            .Select(agent => GiveAsync(agent.Key, [.. agent.Select(n => n.Node)], given, wait, cancellationToken)));
        return [.. answers.SelectMany(a => a).OrderBy(s => s.Node, StringComparer.Ordinal)];
    }

    /// <param name="address">The agent's; null for the nodes of this process.</param>
    private async Task<IReadOnlyList<RescueStatus>> GiveAsync(string? address, IReadOnlyList<string> nodes, TrafficOverride given, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            var said = address is null ? await local.GiveAsync(given, wait, cancellationToken) : await client.GiveAsync(address, string.Join(", ", nodes), given, wait, cancellationToken);
            return [.. nodes.Select(node => said.FirstOrDefault(s => s.Node == node) ?? RescueStatus.Unreached(node, "the agent that answers at its address does not drive it"))];
        }
        catch (Exception unreachable) when (unreachable is AgentException or IOException or UnauthorizedAccessException)
        {
            return [.. nodes.Select(node => RescueStatus.Unreached(node, unreachable.Message))];
        }
    }

    private async Task<BackendAnswer> FindBackendAsync(NodeRegistration node, ProxyName backend, bool withPersistence, CancellationToken cancellationToken)
    {
        try
        {
            if (local.Find(node.Node) is { } agent) return await agent.FindBackendAsync(backend, withPersistence, cancellationToken);
            return node.Address is { } address
                ? await client.FindBackendAsync(address, node.Node, backend, withPersistence, cancellationToken)
                : new BackendAnswer(node.Node, null, "its agent has no address of its own and is not in this process");
        }
        catch (Exception unreachable) when (unreachable is AgentException or LoadBalancerException)
        {
            return new BackendAnswer(node.Node, null, unreachable.Message);
        }
    }

    /// <summary>Asks one node about one application.</summary>
    public async Task<NodeStatus> ObserveAsync(NodeRegistration node, AppName app, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (local.Find(node.Node) is { } agent)
            return Judge(node, await agent.ObserveAsync(app, index, wait, cancellationToken), index);
        if (node.Address is null) return NodeStatus.Unknown(node.Node, "its agent has no address of its own and is not in this process");
        try
        {
            var answer = wait > TimeSpan.Zero
                ? await client.ObserveAsync(node.Address, node.Node, app, index, wait, cancellationToken)
                : await desk.ObserveAsync(node.Address, node.Node, app, index, cancellationToken);
            return Judge(node, answer, index);
        }
        catch (AgentException unreachable)
        {
            return NodeStatus.Unknown(node.Node, unreachable.Message);
        }
    }

    private static NodeStatus Judge(NodeRegistration node, AgentAnswer answer, ulong index) => NodeStatus.Of(node.Node, answer.Observation, answer.Watermark, index, answer.Heard);
}
