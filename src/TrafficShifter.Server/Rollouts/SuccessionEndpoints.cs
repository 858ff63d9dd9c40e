using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
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

/// <summary>What follows a rollout that has ended: the same again, or back to where it came from.</summary>
internal static class SuccessionEndpoints
{
    public static void MapSuccession(this IEndpointRouteBuilder api)
    {
        api.MapPost("/rollouts/{id}/retry", RetryAsync).WithName("RetryRollout").Does(Verbs.Retry).WithSummary("Begin a new rollout by the plan of one that has ended; it names the old one")
            .TakesOptional<ReasonRequest>().Produces<RolloutAnswer>(201);
        api.MapPost("/apps/{app}/undo", UndoAsync).WithName("Undo").Does(Verbs.Undo).WithSummary("Back to the colour before the last promotion, at once and without steps; it is stable again")
            .TakesOptional<UndoRequest>().Produces<WeightsAnswer>();
    }

    private static async Task<Results<JsonHttpResult<RolloutAnswer>, ProblemHttpResult>> RetryAsync(string id, RolloutReader rollouts, RolloutStart start, Requests requests, Offers offers, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var found = await rollouts.FindAsync(id, http.RequestAborted);
        if (found.Problem is { } problem) return problem;
        var old = found.Rollout!;
        if (!old.Phase.IsEnd()) return ApiProblem.Conflict($"the rollout has not ended ({old.Phase}): abort it first, or wait for it", RolloutAnswer.Of(old, found.Index));
        if (ApiProblem.FindNewer(old, "rollout") is { } newer) return newer;
        var reading = await start.ReadAsync(old.App, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(old.App);
        if (reading.App.State.Value!.Stable == old.To) return ApiProblem.Conflict($"{old.To.Word()} is the stable colour already: there is nothing to try again", RolloutAnswer.Of(old, found.Index));
        var result = await start.StartAsync(reading, old.Plan, requests.Note(http, request.Reason), old.Id, supersede: false, dryRun: false, http.RequestAborted);
        return result.Problem is { } refused ? refused : await RolloutStart.CreatedAsync(http, offers, result);
    }

    private static async Task<Results<JsonHttpResult<WeightsAnswer>, ProblemHttpResult>> UndoAsync(
        AppName app, TrafficReader reader, RolloutReader rollouts, TakingOut taking, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<UndoRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        if (TakingOut.FindRefusal(http, reading.App.State.Value!, request.Force, request.Reason) is { } refused) return refused;
        (reading, var taken) = await taking.TakeAsync(reading, http.RequestAborted);
        var state = reading.App.State.Value!;
        if (reading.Lock is { } held) return ApiProblem.Locked($"all traffic of \"{app}\" is locked to {held.To.Word()} by {held.By} ({held.Reason}); POST /api/v1/apps/{app}/unlock first", held);
        if (state.Rollout is { } running) return ApiProblem.Conflict($"rollout {running} is running; abort it, and the stable colour has all traffic", running);
        if ((ApiProblem.FindNewer(state, "state") ?? ApiProblem.FindNewer(reading.App.Weights.Value, "weights")) is { } newer) return newer;
        var (entries, _) = await rollouts.ListAsync(app, http.RequestAborted);
        if (Succession.FindPromotion(entries.Select(e => Reading.Of<Rollout>(e).Find()).OfType<Rollout>(), state) is not { } promoted)
            return ApiProblem.Conflict($"there is no promotion to undo: none of the rollouts that are kept made {state.Stable.Word()} the stable colour last");
        var note = requests.Note(http, request.Reason);
        var changes = Succession.Undo(reading.App, state, promoted, note).With(taken).UnlessRolledBackSince(reading.Fleet);
        return await writer.CommitAsync(changes, http.RequestAborted) is CommitResult.Committed committed
            ? TypedResults.Json(WeightsAnswer.Of(Succession.UndoneWeights(reading.App, promoted, note), committed.Index), DocumentJson.Options)
            : ApiProblem.Conflict($"\"{app}\" was changed by somebody else at the same moment; nothing was undone, try again");
    }
}

/// <summary>What undoing a promotion may say.</summary>
public sealed record UndoRequest : DocumentPart
{
    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>Although the colour that it goes back to is evacuated: an admin may, with a reason, and takes the application out of the evacuation. Default false.</summary>
    public bool Force { get; init; }
}
