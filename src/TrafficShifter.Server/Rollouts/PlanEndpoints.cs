using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What storing a plan would do, with nothing written.</summary>
/// <param name="Plan">With its series written out and every default.</param>
/// <param name="Changes">False: it is stored so already.</param>
/// <param name="LeastTime">How long it takes if nothing is waited for.</param>
public sealed record PlanDryRun(Plan Plan, bool Changes, TimeSpan LeastTime);

/// <summary>Plans under a name.</summary>
internal static class PlanEndpoints
{
    public static void MapPlans(this IEndpointRouteBuilder api)
    {
        api.MapGet("/plans", ListAsync).WithName("ListPlans").Does(Verbs.Look).WithSummary("All plans, those built in first").Produces<IReadOnlyList<Plan>>();
        api.MapGet("/plans/{name}", GetAsync).WithName("GetPlan").Does(Verbs.Look).WithSummary("One plan, every default written out; the ETag is its version").Produces<Plan>();
        api.MapPut("/plans/{name}", PutAsync).WithName("PutPlan").Does(Verbs.Plans).WithSummary("Create or replace a plan, from JSON or YAML; ?dryRun=true shows what would be stored; ?reason=")
            .Takes<Plan>().Produces<Plan>().Produces<Plan>(201).Produces<PlanDryRun>();
        api.MapDelete("/plans/{name}", DeleteAsync).WithName("DeletePlan").Does(Verbs.Plans).WithSummary("Forget a plan; rollouts that run by it go on; ?reason=").Produces(204);
    }

    private static async Task<JsonHttpResult<IReadOnlyList<Plan>>> ListAsync(PlanCatalog plans, HttpContext http) =>
        TypedResults.Json(await plans.ListAsync(http.RequestAborted), DocumentJson.Options);

    private static async Task<Results<JsonHttpResult<Plan>, ProblemHttpResult>> GetAsync(string name, PlanCatalog plans, HttpContext http)
    {
        var found = await plans.FindAsync(name, http.RequestAborted);
        if (found.Problem is { } problem) return ApiProblem.Of(500, "broken-document", "The plan's document is broken", $"{Keys.Plan(name)} is not valid: {problem}");
        return found.Plan is { } plan ? Answer(http, plan, found.ModifyIndex, 200) : NoSuchPlan(name);
    }

    private static async Task<Results<JsonHttpResult<Plan>, JsonHttpResult<PlanDryRun>, ProblemHttpResult>> PutAsync(
        string name, bool? dryRun, string? reason, PlanCatalog plans, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<object>.ReadAsync(http)).IsBad(out var bad, out var body)) return bad;
        if (!Plan.IsName(name)) return ApiProblem.BadName("plan", Plan.NameRule);
        if (requests.FindReasonProblem(reason) is { } tooLong) return tooLong;
        if (Presets.Find(name) is not null) return ApiProblem.Conflict($"plan \"{name}\" is built in: store yours under another name");
        if (PlanParser.Parse((JsonElement)body) is not PlanParsing.Good { Plan: var sent }) return PlanCatalog.Refuse((PlanParsing.Refused)PlanParser.Parse((JsonElement)body), "");
        if (sent.Name is { } named && named != name) return ApiProblem.Impossible("/name", $"the path names \"{name}\", the plan names itself \"{named}\"");
        var plan = sent with { Name = name };

        var current = await plans.FindAsync(name, http.RequestAborted);
        if (!RequestQuery.TryReadIfMatch(http, out var expected)) return ApiProblem.Of(400, "bad-if-match", "If-Match cannot be read", "If-Match takes the ETag of the plan, like \"123\", or *");
        if (expected is { } version && version != current.ModifyIndex) return ApiProblem.Stale(version, current.ModifyIndex, current.Plan);
        var changes = current.Plan is not { } stored || DocumentJson.Write(stored) != DocumentJson.Write(plan);
        if (dryRun == true) return TypedResults.Json(new PlanDryRun(plan, changes, plan.LeastTime), DocumentJson.Options);
        if (!changes) return Answer(http, plan, current.ModifyIndex, 200);
        var note = requests.Note(http, reason);
        var put = new Change.Put(Keys.Plan(name), DocumentJson.Write(plan), current.ModifyIndex);
        return await writer.CommitAsync(ChangeSet.Empty.With(put, note.Entry(null, current.ModifyIndex == 0 ? "plan.created" : "plan.replaced", $"plan {name} stored by {note.By}", current.Plan, plan)), http.RequestAborted) is CommitResult.Committed committed
            ? Answer(http, plan, committed.Index, current.ModifyIndex == 0 ? 201 : 200)
            : ApiProblem.Conflict($"plan \"{name}\" was changed by somebody else at the same moment; nothing was written, try again");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string name, string? reason, PlanCatalog plans, TrafficFollower follower, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if (requests.FindReasonProblem(reason) is { } tooLong) return tooLong;
        var found = await plans.FindAsync(name, http.RequestAborted);
        if (found.Parsed is null) return NoSuchPlan(name);
        if (found.ModifyIndex == 0) return ApiProblem.Conflict($"plan \"{name}\" is built in and stays");
        var users = follower.Current.Apps.Values.Where(a => a.Exists && a.Definition.Value!.Plan == name).Select(a => a.Name.Value).Order(StringComparer.Ordinal).ToList();
        if (users.Count > 0) return ApiProblem.Conflict($"it is the plan of {string.Join(", ", users.Take(10))}{(users.Count > 10 ? " and others" : "")}: give them another one first");
        var note = requests.Note(http, reason);
        return await writer.CommitAsync(ChangeSet.Empty.With(new Change.Remove(Keys.Plan(name), found.ModifyIndex), note.Entry(null, "plan.deleted", $"plan {name} deleted by {note.By}", found.Plan, null)), http.RequestAborted) is CommitResult.Committed
            ? TypedResults.NoContent()
            : ApiProblem.Conflict($"plan \"{name}\" was changed by somebody else at the same moment; it is still there, try again");
    }

    private static ProblemHttpResult NoSuchPlan(string name) => ApiProblem.NotFound("plan", $"there is no plan \"{name}\"; GET /api/v1/plans lists them");

    private static JsonHttpResult<Plan> Answer(HttpContext http, Plan plan, ulong index, int status)
    {
        if (index > 0) http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{index}\"");
        return TypedResults.Json(plan, DocumentJson.Options, statusCode: status);
    }
}
