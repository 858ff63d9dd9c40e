using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Traffic;

/// <summary>Where an application's traffic should go, and where each node sends it.</summary>
public sealed record AppStatus
{
    public required AppName App { get; init; }

    public required Colour Stable { get; init; }

    /// <summary>The shares that are wanted now, the lock included; null when nothing valid says so.</summary>
    public ColourShares? Wanted { get; init; }

    /// <summary>What decides: the weights, a lock, or the rollback of all applications.</summary>
    public DesiredSource? Source { get; init; }

    public TrafficLock? Lock { get; init; }

    public Weights? Weights { get; init; }

    /// <summary>Id of the rollout that runs.</summary>
    public string? Rollout { get; init; }

    /// <summary>The campaign that holds the application: <c>evacuation/green</c>, <c>migration/q3</c>; null when none does.</summary>
    public string? Campaign { get; init; }

    /// <summary>Its traffic was taken off a colour, and what it had before; null when it was not.</summary>
    public Evacuated? Evacuated { get; init; }

    /// <summary>Version of what is wanted.</summary>
    public ulong Index { get; init; }

    /// <summary>Every node that serves the application is observed as wanted, and none is unknown.</summary>
    public required bool Observed { get; init; }

    public required IReadOnlyList<NodeStatus> Nodes { get; init; }

    /// <summary>What a person should know: broken values, a lock that holds weights back, keys that vanished.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Verbs that whoever asks may do to the application.</summary>
    public required IReadOnlyList<string> Can { get; init; }

    /// <summary>Why some of them are not possible now, a sentence by the verb.</summary>
    public required IReadOnlyDictionary<string, string> Blocked { get; init; }
}

internal static class StatusEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder api)
    {
        api.MapGet("/apps/{app}/status", StatusAsync).WithName("GetStatus").Does(Verbs.View).WithSummary("Wanted and observed traffic, node by node").Produces<AppStatus>();
    }

    private static async Task<Results<JsonHttpResult<AppStatus>, ProblemHttpResult>> StatusAsync(AppName app, TrafficReader reader, RolloutReader rollouts, Fleet fleet, ITrafficStore store, TrafficFollower follower, Offers offers, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        TrafficReader.NoteAge(http, reading.Age);
        // A change made by hand has an index that no feed entry has yet: what the nodes want tells whether they have heard of it.
        var index = Math.Min(reading.DesiredIndex, follower.Current.Index);
        var nodes = await fleet.ObserveAsync(app, index, TimeSpan.Zero, http.RequestAborted);
        var wanted = reading.Desired;
        var running = reading.App.State.Value!.Rollout is { } id ? (await rollouts.FindAsync(id, http.RequestAborted)).Rollout : null;
        var same = nodes.All(n => n.Observation?.Wanted is not { } seen || seen == wanted?.Green);
        var offer = await offers.OfAppAsync(http, reading);
        return TypedResults.Json(new AppStatus
        {
            App = app,
            Stable = reading.App.State.Value!.Stable,
            Wanted = wanted is null ? null : new ColourShares(wanted.Of(Colour.Blue), wanted.Of(Colour.Green)),
            Source = wanted?.Source,
            Lock = reading.Lock,
            Weights = reading.App.Weights.Value,
            Rollout = reading.App.State.Value.Rollout,
            Campaign = reading.App.State.Value.Campaign,
            Evacuated = reading.App.State.Value.Evacuated,
            Index = reading.DesiredIndex,
            Observed = same && RequestQuery.IsObserved(nodes),
            Nodes = nodes,
            Problems = [.. reading.App.FindProblems(reading.Fleet), .. FindStoreProblem(follower), .. FindOverrides(nodes), .. FindPersistence(reading.App, nodes), .. LeftBehind.FindProblems(nodes), .. FindCalls(running), .. await FindGapsAsync(running, nodes, store, http.RequestAborted)],
            Can = offer.Can,
            Blocked = offer.Blocked,
        }, DocumentJson.Options);
    }

    private static IEnumerable<string> FindCalls(Rollout? running) => running is not null && RolloutChanges.FindCallForSomebody(running) is { } call ? [$"rollout {running.Id} needs somebody: {call}"] : [];

    private static async Task<IEnumerable<string>> FindGapsAsync(Rollout? running, IReadOnlyList<NodeStatus> nodes, ITrafficStore store, CancellationToken cancellationToken) =>
        running is not null && !running.Phase.IsEnd() && EvidenceGaps.Needs(running.Plan)
            ? EvidenceGaps.Find(running, nodes, (await NodeEndpoints.FindLiveAsync(store, cancellationToken)).Live)
            : [];

    private static IEnumerable<string> FindOverrides(IReadOnlyList<NodeStatus> nodes) => nodes
        .Where(n => n.Observation?.Override is not null)
        .Select(n => $"{n.Node} follows override {n.Observation!.Override}, a rollback that was given to it while the store was away and is recorded once that is back");

    private static IEnumerable<string> FindPersistence(AppTraffic app, IReadOnlyList<NodeStatus> nodes) => nodes
        .Where(n => n.Observation?.Persistence is not null)
        .Select(n => $"{n.Node}: backend \"{app.Definition.Value!.Routing.Backend}\" has {n.Observation!.Persistence} in haproxy.cfg: users that it keeps stay on their colour at weight 0, {(app.Definition.Value.Routing.OnPersistence == OnPersistence.Maint ? "until a rollback puts the servers of that colour into maintenance" : "after a rollback too")}");

    private static IEnumerable<string> FindStoreProblem(TrafficFollower follower) =>
        follower.Problem is { } problem ? [$"{problem}: this is what was last known"] : [];
}
