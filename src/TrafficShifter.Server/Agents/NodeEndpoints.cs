using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>A registered node and its sign of life.</summary>
/// <param name="Live">False: nothing was heard of its agent for 10 to 20 s. Its HAProxy may still be serving.</param>
/// <param name="Lagging">Its agent has not yet brought to HAProxy what this api has heard of. A moment after every change each node is.</param>
/// <param name="NotAsWanted">How many applications are not as wanted there, those whose names whoever asks may not see included.</param>
/// <param name="Problem">Why it cannot be relied on, or not for everything: unknown, failing, too old.</param>
public sealed record NodeAnswer(string Node, string? Address, string? Exporter, bool Live, bool Lagging, int NotAsWanted, NodeLiveness? Liveness, string? Problem);

internal static class NodeEndpoints
{
    public static void MapNodes(this IEndpointRouteBuilder api)
    {
        api.MapGet("/nodes", ListAsync).WithName("ListNodes").Does(Verbs.Look).WithSummary("The HAProxy nodes: registered, live, and how far").Produces<IReadOnlyList<NodeAnswer>>();
        api.MapDelete("/nodes/{node}", RemoveAsync).WithName("RemoveNode").Does(Verbs.Nodes).WithSummary("Forget a node that is gone for good, ?reason=").Produces(204);
    }

    private static async Task<JsonHttpResult<IReadOnlyList<NodeAnswer>>> ListAsync(Fleet fleet, ITrafficStore store, TrafficFollower follower, Visible visible, HttpContext http, CancellationToken cancellationToken)
    {
        var registered = await fleet.ListAsync(cancellationToken);
        var (live, problem) = await FindLiveAsync(store, cancellationToken);
        return TypedResults.Json<IReadOnlyList<NodeAnswer>>([.. registered.Select(node => Answer(node, live.GetValueOrDefault(node.Node), follower.Current.Index, problem, visible, http))], DocumentJson.Options);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(string node, string? reason, KnownNodes known, ITrafficStore store, TrafficWriter writer, Requests requests, HttpContext http, CancellationToken cancellationToken)
    {
        if (AppName.FindProblem(node) is { } bad) return ApiProblem.BadName("node", bad.Replace("an application name", "a node name", StringComparison.Ordinal));
        if (requests.FindReasonProblem(reason) is { } tooLong) return tooLong;
        var (live, _) = await FindLiveAsync(store, cancellationToken);
        if (live.ContainsKey(node)) return ApiProblem.Conflict($"the agent of \"{node}\" is live and would register it again; stop the agent first");
        if (await store.FindAsync(Keys.Node(node), cancellationToken) is not { } entry) return ApiProblem.NotFound("node", $"there is no node \"{node}\"");
        var note = requests.Note(http, reason);
        var changes = ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex), note.Entry(null, "node.removed", $"node {node} removed by {note.By}", Reading.Of<NodeRegistration>(entry).Find(), null));
        if (await writer.CommitAsync(changes, cancellationToken) is not CommitResult.Committed)
            return ApiProblem.Conflict($"\"{node}\" registered again at the same moment");
        known.Forget(node);
        return TypedResults.NoContent();
    }

    /// <summary>What each agent that gives signs of life said last, by its node's name; and why nobody knows, as a sentence.</summary>
    public static async Task<(IReadOnlyDictionary<string, NodeLiveness> Live, string? Problem)> FindLiveAsync(ITrafficStore store, CancellationToken cancellationToken)
    {
        try
        {
            var listing = await store.ListAsync(Keys.Live, cancellationToken);
            return (listing.Entries.Where(e => Reading.Of<NodeLiveness>(e).Find() is not null).ToDictionary(e => e.Key[Keys.Live.Length..], e => Reading.Of<NodeLiveness>(e).Find()!), null);
        }
        catch (StoreUnavailableException away)
        {
            return (new Dictionary<string, NodeLiveness>(), away.Message);
        }
    }

    private static NodeAnswer Answer(NodeRegistration node, NodeLiveness? live, ulong newest, string? problem, Visible visible, HttpContext http) => new(
        node.Node, node.Address, node.Exporter, live is not null, live is not null && live.ObservedIndex < newest, live is null ? 0 : live.Exceptions.Count + live.MoreExceptions, live?.ShownTo(app => visible.To(http, app)),
        problem ?? (live is null ? "its agent gives no sign of life; its HAProxy may still be serving" : live.Problem ?? (live.Version is { } version ? HAProxyVersions.FindProblem(version) : null)));
}
