using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Evacuations;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Starting and looking at rollouts.</summary>
internal static class RolloutEndpoints
{
    public static void MapRollouts(this IEndpointRouteBuilder api)
    {
        api.MapPost("/apps/{app}/rollouts", StartAsync).WithName("StartRollout").Does(Verbs.Start).WithSummary("Start a canary from the stable colour to the other; ?dryRun=true shows what it would do")
            .Takes<RolloutRequest>().Produces<RolloutAnswer>(201).Produces<RolloutDryRun>();
        api.MapGet("/apps/{app}/rollouts", ListAsync).WithName("ListRollouts").Does(Verbs.View).WithSummary("An application's rollouts, newest first").Produces<IReadOnlyList<RolloutAnswer>>();
        api.MapGet("/rollouts/{id}", GetAsync).WithName("GetRollout").Does(Verbs.View).WithSummary("One rollout: where it stands and why").Produces<RolloutAnswer>();
        api.MapGet("/rollouts/{id}/measurements", MeasurementsAsync).WithName("ListMeasurements").Does(Verbs.View).WithSummary("What was measured, with query, value, limit, sample and window").Produces<IReadOnlyList<Measurement>>();
        api.MapRolloutCommands();
        api.MapSuccession();
    }

    public static ProblemHttpResult NoSuchRollout(string id) => ApiProblem.NotFound("rollout", $"there is no rollout \"{id}\"");

    private static async Task<Results<JsonHttpResult<RolloutAnswer>, JsonHttpResult<RolloutDryRun>, ProblemHttpResult>> StartAsync(
        AppName app, bool? dryRun, RolloutStart start, PlanCatalog plans, Requests requests, Offers offers, HttpContext http)
    {
        if ((await RequestBody<RolloutRequest>.ReadAsync(http)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var reading = await start.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        if (TakingOut.FindRefusal(http, reading.App.State.Value!, request.Force, request.Reason) is { } held) return held;
        var (plan, planProblem) = await plans.ChooseAsync(request.Plan, reading.App.Definition.Value!, http.RequestAborted);
        if (planProblem is not null) return planProblem;
        var started = await start.StartAsync(reading, plan!, requests.Note(http, request.Reason), null, request.Supersede, dryRun == true, http.RequestAborted, force: request.Force);
        if (started.Problem is { } problem) return problem;
        return started.DryRun is { } shown ? TypedResults.Json(shown, DocumentJson.Options) : await RolloutStart.CreatedAsync(http, offers, started);
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<RolloutAnswer>>, ProblemHttpResult>> ListAsync(AppName app, TrafficReader reader, RolloutReader rollouts, Offers offers, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        var (entries, age) = await rollouts.ListAsync(app, http.RequestAborted);
        TrafficReader.NoteAge(http, age);
        var standstill = await offers.FindStandstillAsync(http.RequestAborted);
        var newest = entries.Select(e => (e.ModifyIndex, Value: Reading.Of<Rollout>(e).Find())).Where(r => r.Value is not null).OrderByDescending(r => r.Value!.Id.Ulid, StringComparer.Ordinal);
        return TypedResults.Json<IReadOnlyList<RolloutAnswer>>([.. newest.Select(r => RolloutAnswer.Of(r.Value!, r.ModifyIndex, offers.OfRollout(http, r.Value!, r.ModifyIndex, reading, standstill)))], DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<RolloutAnswer>, ProblemHttpResult>> GetAsync(string id, RolloutReader rollouts, Offers offers, HttpContext http)
    {
        var found = await rollouts.FindAsync(id, http.RequestAborted);
        if (found.Problem is { } problem) return problem;
        TrafficReader.NoteAge(http, found.Age);
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{found.Index}\"");
        return TypedResults.Json(RolloutAnswer.Of(found.Rollout!, found.Index, await offers.OfRolloutAsync(http, found.Rollout!, found.Index)), DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<Measurement>>, ProblemHttpResult>> MeasurementsAsync(string id, RolloutReader rollouts, HttpContext http)
    {
        var found = await rollouts.FindAsync(id, http.RequestAborted);
        if (found.Problem is { } problem) return problem;
        TrafficReader.NoteAge(http, found.Age);
        return TypedResults.Json(found.Rollout!.Measurements, DocumentJson.Options);
    }
}
