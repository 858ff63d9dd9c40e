using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>The agent's own API, for the api replicas: what was observed, straight from the node.</summary>
internal static class AgentEndpoints
{
    /// <summary>Where the agents' API is. A client certificate says who calls here, and nowhere else.</summary>
    public const string Path = "/agent/v1";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    public static void MapAgentApi(this IEndpointRouteBuilder routes)
    {
        var agents = routes.MapGroup(Path).RequireAuthorization(Policies.Agent).ExcludeFromDescription().AddEndpointFilter(AgentCertificates.CheckAsync);
        agents.MapGet("/nodes", ObserveAllAsync);
        agents.MapGet("/nodes/{node}/apps/{app}", ObserveAsync);
        agents.MapPost("/nodes/{node}/apps", ObserveManyAsync);
        agents.MapGet("/nodes/{node}/backends/{backend}", FindBackendAsync);
        agents.MapGet("/colours/{colour}", ObserveColour);
        agents.MapPost("/overrides", GiveAsync);
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<RescueStatus>>, ProblemHttpResult>> GiveAsync(string? wait, NodeAgents agents, HttpContext http)
    {
        if (!RequestQuery.TryReadWait(wait, LongestWait, out var patience)) return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(LongestWait)}, like 5s");
        if ((await RequestBody<TrafficOverride>.ReadAsync(http, lenient: true)).IsBad(out var bad, out var given)) return bad;
        if (given.FindProblem() is { } problem) return ApiProblem.Impossible("/id", problem);
        try
        {
            return TypedResults.Json(await agents.GiveAsync(given, patience, http.RequestAborted), DocumentJson.Options);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            return ApiProblem.Of(503, "disk", "The agent cannot keep the override", $"{unwritable.Message}. Nothing was done: an override that is not on disk would be lost with the process.");
        }
    }

    private static async Task<Results<JsonHttpResult<BackendAnswer>, ProblemHttpResult>> FindBackendAsync(
        string node, string backend, bool? persistence, NodeAgents agents, CancellationToken cancellationToken)
    {
        if (ProxyName.FindProblem(backend) is { } bad) return ApiProblem.BadName("backend", bad);
        if (agents.Find(node) is not { } agent) return NoSuchNode(node);
        try
        {
            return TypedResults.Json(await agent.FindBackendAsync(ProxyName.Parse(backend), persistence ?? false, cancellationToken), DocumentJson.Options);
        }
        catch (LoadBalancerException broken)
        {
            return TypedResults.Json(new BackendAnswer(node, null, broken.Message), DocumentJson.Options);
        }
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<FleetNodeStatus>>, ProblemHttpResult>> ObserveAllAsync(
        ulong? index, string? wait, NodeAgents agents, TrafficFollower follower, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!RequestQuery.TryReadWait(wait, LongestWait, out var patience)) return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(LongestWait)}, like 5s");
        return TypedResults.Json(await agents.ObserveAllAsync(follower, index ?? 0, patience, time, cancellationToken), DocumentJson.Options);
    }

    private static Results<JsonHttpResult<IReadOnlyList<ColourNodeStatus>>, ProblemHttpResult> ObserveColour(string colour, NodeAgents agents, TrafficFollower follower) =>
        RequestQuery.FindColour(colour) is { } known ? TypedResults.Json(agents.ObserveColour(follower, known), DocumentJson.Options) : ApiProblem.BadName("colour", RequestQuery.ColourRule);

    private static async Task<Results<JsonHttpResult<AgentAnswer>, ProblemHttpResult>> ObserveAsync(
        string node, string app, ulong? index, string? wait, bool? heard, NodeAgents agents, TrafficFollower follower, CancellationToken cancellationToken)
    {
        if (AppName.FindProblem(app) is { } bad) return ApiProblem.BadName("application", bad);
        if (agents.Find(node) is not { } agent) return NoSuchNode(node);
        var patience = TimeSpan.Zero;
        if (wait is not null && (!Duration.TryParse(wait, out patience) || patience > LongestWait))
            return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(LongestWait)}, like 5s");
        var name = AppName.Parse(app);
        if (heard != true) return TypedResults.Json(await agent.ObserveAsync(name, index ?? 0, patience, cancellationToken), DocumentJson.Options);
        var known = await agent.HearAsync(name, index ?? 0, patience, cancellationToken);
        var answer = await agent.ObserveAsync(name, index ?? 0, TimeSpan.Zero, cancellationToken) with { Heard = known };
        // Cut off from the store: it may have been wiped and count anew, and an index of before says nothing of what it holds now.
        return TypedResults.Json(follower.Problem is null ? answer : answer with { Heard = 0, Watermark = 0 }, DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<AgentAnswer>>, ProblemHttpResult>> ObserveManyAsync(string node, NodeAgents agents, HttpContext http)
    {
        if (agents.Find(node) is not { } agent) return NoSuchNode(node);
        if ((await RequestBody<IReadOnlyList<AgentQuestion>>.ReadAsync(http, lenient: true)).IsBad(out var bad, out var questions)) return bad;
        if (questions.Contains(null!)) return ApiProblem.Malformed("", "a question is null");
        if (questions.Count > AgentDesk.Most) return ApiProblem.Impossible("", $"at most {AgentDesk.Most} applications at once, not {questions.Count}");
        var answers = new List<AgentAnswer>(questions.Count);
        foreach (var question in questions) answers.Add(await agent.ObserveAsync(question.App, question.Index, TimeSpan.Zero, http.RequestAborted));
        return TypedResults.Json<IReadOnlyList<AgentAnswer>>(answers, DocumentJson.Options);
    }

    private static ProblemHttpResult NoSuchNode(string node) => ApiProblem.NotFound("node", $"this agent does not drive a node \"{node}\"");
}
