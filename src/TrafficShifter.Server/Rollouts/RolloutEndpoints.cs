using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Starting and looking at rollouts.</summary>
internal static class RolloutEndpoints
{
    public static void MapRollouts(this IEndpointRouteBuilder api)
    {
        api.MapPost("/apps/{app}/rollouts", StartAsync).WithName("StartRollout").WithSummary("Start a canary from the stable colour to the other; ?dryRun=true shows what it would do")
            .Takes<RolloutRequest>().Produces<RolloutAnswer>(201).Produces<RolloutDryRun>();
        api.MapGet("/apps/{app}/rollouts", ListAsync).WithName("ListRollouts").WithSummary("An application's rollouts, newest first").Produces<IReadOnlyList<RolloutAnswer>>();
        api.MapGet("/rollouts/{id}", GetAsync).WithName("GetRollout").WithSummary("One rollout: where it stands and why").Produces<RolloutAnswer>();
        api.MapGet("/rollouts/{id}/measurements", MeasurementsAsync).WithName("ListMeasurements").WithSummary("What was measured, with query, value, limit, sample and window").Produces<IReadOnlyList<Measurement>>();
        api.MapRolloutCommands();
    }

    public static ProblemHttpResult NoSuchRollout(string id) => ApiProblem.NotFound("rollout", $"there is no rollout \"{id}\"");

    private static async Task<Results<JsonHttpResult<RolloutAnswer>, JsonHttpResult<RolloutDryRun>, ProblemHttpResult>> StartAsync(
        AppName app, bool? dryRun, TrafficReader reader, TrafficWriter writer, PlanCatalog plans, RolloutPreflight preflight, Requests requests, HttpContext http)
    {
        if ((await RequestBody<RolloutRequest>.ReadAsync(http)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        var (plan, planProblem) = await plans.ChooseAsync(request.Plan, reading.App.Definition.Value!, http.RequestAborted);
        if (planProblem is not null) return planProblem;
        if (FindObstacle(app, reading) is { } obstacle) return obstacle;
        var note = requests.Note(http, request.Reason);
        var state = reading.App.State.Value!;
        var rollout = RolloutEngine.Create(RolloutId.Of(app, note.Id), plan!, state, reading.App.Weights.LatestIndex, note.By, note.Reason, note.At);
        var (shown, refused) = await preflight.TryAsync(reading.App.Definition.Value!, rollout, http.RequestAborted);
        if (refused is not null) return refused;
        if (dryRun == true) return TypedResults.Json(shown!, DocumentJson.Options);

        var result = await writer.CommitAsync(RolloutChanges.Create(rollout, state, reading.App.State.LatestIndex, note.Id).UnlessRolledBackSince(reading.Fleet), http.RequestAborted);
        if (result is not CommitResult.Committed committed)
            return ApiProblem.Conflict($"\"{app}\" was changed by somebody else at the same moment; nothing was started, try again");
        http.Response.Headers.Location = $"/api/v1/rollouts/{rollout.Id}";
        return TypedResults.Json(RolloutAnswer.Of(rollout, committed.Index), DocumentJson.Options, statusCode: 201);
    }

    private static ProblemHttpResult? FindObstacle(AppName app, AppReading reading)
    {
        if (reading.Lock is { } held) return ApiProblem.Locked($"all traffic of \"{app}\" is locked to {held.To.Word()} by {held.By} ({held.Reason}); POST /api/v1/apps/{app}/unlock first", held);
        if (reading.App.State.Value!.Rollout is { } running) return ApiProblem.Conflict($"rollout {running} is running; abort it first, or wait for it", running);
        if ((ApiProblem.FindNewer(reading.App.State.Value, "state") ?? ApiProblem.FindNewer(reading.App.Weights.Value, "weights")) is { } newer) return newer;
        if (reading.App.Weights.Problem is { } broken) return ApiProblem.Impossible("", $"{broken}; put it right with PUT /api/v1/apps/{app}/weights first");
        return reading.App.Weights.Value is { } weights && weights.ShareOf(reading.App.State.Value.Stable) != Share.All
            ? ApiProblem.Conflict($"a rollout begins with all traffic on the stable colour ({reading.App.State.Value.Stable.Word()}); the weights are {weights.Describe()}. PUT /api/v1/apps/{app}/weights first", weights)
            : null;
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<RolloutAnswer>>, ProblemHttpResult>> ListAsync(AppName app, TrafficReader reader, RolloutReader rollouts, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        var (entries, age) = await rollouts.ListAsync(app, http.RequestAborted);
        TrafficReader.NoteAge(http, age);
        var newest = entries.Select(e => (e.ModifyIndex, Value: Reading.Of<Rollout>(e).Find())).Where(r => r.Value is not null).OrderByDescending(r => r.Value!.Id.Ulid, StringComparer.Ordinal);
        return TypedResults.Json<IReadOnlyList<RolloutAnswer>>([.. newest.Select(r => RolloutAnswer.Of(r.Value!, r.ModifyIndex))], DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<RolloutAnswer>, ProblemHttpResult>> GetAsync(string id, RolloutReader rollouts, HttpContext http)
    {
        var found = await rollouts.FindAsync(id, http.RequestAborted);
        if (found.Problem is { } problem) return problem;
        TrafficReader.NoteAge(http, found.Age);
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{found.Index}\"");
        return TypedResults.Json(RolloutAnswer.Of(found.Rollout!, found.Index), DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<Measurement>>, ProblemHttpResult>> MeasurementsAsync(string id, RolloutReader rollouts, HttpContext http)
    {
        var found = await rollouts.FindAsync(id, http.RequestAborted);
        if (found.Problem is { } problem) return problem;
        TrafficReader.NoteAge(http, found.Age);
        return TypedResults.Json(found.Rollout!.Measurements, DocumentJson.Options);
    }
}
