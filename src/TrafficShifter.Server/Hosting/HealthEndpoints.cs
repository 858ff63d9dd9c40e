using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Documents;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Hosting;

/// <param name="Ready">Safe to send requests here, and, for an agent, to send traffic to its HAProxy.</param>
/// <param name="NotReady">Why not, one sentence each.</param>
public sealed record Readiness(bool Ready, IReadOnlyList<string> NotReady);

/// <summary>Health for orchestrators and load balancers. No token: it tells nothing about applications.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes, RoleSet roles)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("ok\n")).ExcludeFromDescription();
        routes.MapGet("/readyz", (TrafficFollower follower, NodeAgents agents, IServiceProvider services) => Answer(roles, follower, agents, services)).ExcludeFromDescription();
    }

    private static JsonHttpResult<Readiness> Answer(RoleSet roles, TrafficFollower follower, NodeAgents agents, IServiceProvider services)
    {
        var problems = new List<string>();
        if (roles.HasFlag(RoleSet.Api) && follower.Age is null) problems.Add(follower.Problem ?? "the store has not been read yet");
        if (roles.HasFlag(RoleSet.Api) && services.GetRequiredService<Tokens>().Ready is { IsCompleted: false }) problems.Add("no token has been read yet");
        // An agent whose node is right by its disk is ready, also while the store is away.
        if (roles.HasFlag(RoleSet.Agent))
            problems.AddRange(agents.All.Where(a => (a.Problem ?? a.MapsProblem) is not null || a.Watermark == 0).Select(a => $"{a.Node}: {a.Problem ?? a.MapsProblem ?? "not reconciled yet"}"));
        return TypedResults.Json(new Readiness(problems.Count == 0, problems), DocumentJson.Options, statusCode: problems.Count == 0 ? 200 : 503);
    }
}
