using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>Taking all traffic off a colour, and bringing it back. What is asked is written here; the controller does it.</summary>
internal static class ColourEndpoints
{
    private const int Attempts = 5;

    public static void MapColours(this IEndpointRouteBuilder api)
    {
        api.MapGet("/colours", ListAsync).WithName("ListColours").Does(Verbs.View).WithSummary("How both colours stand").Produces<IReadOnlyList<ColourAnswer>>();
        api.MapGet("/colours/{colour}", GetAsync).WithName("GetColour").Does(Verbs.View).WithSummary("How a colour stands: evacuated or not, which applications are left and why, and who is still there").Produces<ColourAnswer>();
        api.MapPost("/colours/{colour}/evacuate", EvacuateAsync).WithName("EvacuateColour").Does(Verbs.Evacuate).WithSummary("Take every application's traffic off a colour; what each had is remembered. ?dryRun=true says what would be done")
            .TakesOptional<EvacuateRequest>().Produces<ColourAnswer>(202).Produces<EvacuationDryRun>();
        api.MapPost("/colours/{colour}/restore", RestoreAsync).WithName("RestoreColour").Does(Verbs.BringBack).WithSummary("Bring each application back to what it had before its side was evacuated, by canary")
            .TakesOptional<RestoreRequest>().Produces<ColourAnswer>(202);
        api.MapPost("/colours/{colour}/apps/{app}/approve", ApproveAsync).WithName("ApproveLeaving").Does(Verbs.Approve).WithSummary("Let an application's traffic leave that waits for its hook, or for a person's word")
            .TakesOptional<ReasonRequest>().Produces<AppLeaving>();
    }

    private static async Task<JsonHttpResult<IReadOnlyList<ColourAnswer>>> ListAsync(ColourReader colours, HttpContext http) =>
        TypedResults.Json<IReadOnlyList<ColourAnswer>>(await Task.WhenAll(new[] { Colour.Blue, Colour.Green }.Select(c => colours.ReadAsync(c, http))), DocumentJson.Options);

    private static async Task<Results<JsonHttpResult<ColourAnswer>, ProblemHttpResult>> GetAsync(string colour, ColourReader colours, HttpContext http) =>
        RequestQuery.FindColour(colour) is { } known ? TypedResults.Json(await colours.ReadAsync(known, http), DocumentJson.Options) : ApiProblem.BadName("colour", RequestQuery.ColourRule);

    private static async Task<Results<JsonHttpResult<ColourAnswer>, JsonHttpResult<EvacuationDryRun>, ProblemHttpResult>> EvacuateAsync(
        string colour, bool? dryRun, ColourReader colours, EvacuationReader evacuations, Fleet fleet, TrafficFollower follower, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if (RequestQuery.FindColour(colour) is not { } leaving) return ApiProblem.BadName("colour", RequestQuery.ColourRule);
        if ((await RequestBody<EvacuateRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        for (var attempt = 1; attempt <= Attempts; attempt++)
            if (await TryEvacuateAsync(leaving, request, dryRun == true, colours, evacuations, fleet, follower, writer, requests, http) is { } answer) return answer;
        return Lost(leaving);
    }

    /// <returns>Null when somebody else, the controller mostly, wrote at the same moment.</returns>
    private static async Task<Results<JsonHttpResult<ColourAnswer>, JsonHttpResult<EvacuationDryRun>, ProblemHttpResult>?> TryEvacuateAsync(
        Colour leaving, EvacuateRequest request, bool dryRun, ColourReader colours, EvacuationReader evacuations, Fleet fleet, TrafficFollower follower, TrafficWriter writer, Requests requests, HttpContext http)
    {
        // As it was read before anything was decided: that the other side is not left as well is part of the transaction.
        var other = await evacuations.FindAsync(leaving.Other(), http.RequestAborted);
        var current = await evacuations.FindAsync(leaving, http.RequestAborted);
        if (FindObstacle(current, other, leaving) is { } obstacle) return obstacle;
        var note = requests.Note(http, request.Reason);
        var next = EvacuationRequests.Evacuate(current?.Find(), leaving, request, note);
        if (next.FindProblem() is { } problem) return ApiProblem.ImpossibleDocument(problem);
        var snapshot = follower.Current;
        if (EvacuationPreview.FindWaveProblem(snapshot, next) is { } unfit) return ApiProblem.Impossible(unfit.At, unfit.Problem);
        var leavings = (await evacuations.ListLeavingsAsync(leaving, http.RequestAborted)).ToDictionary(l => l.Key, l => l.Value.Value);
        var preview = EvacuationPreview.Of(snapshot, next, await fleet.ObserveColourAsync(leaving, http.RequestAborted), leavings);
        if (dryRun) return TypedResults.Json(EvacuationRequests.Show(preview), DocumentJson.Options);
        if (preview.FindRefusal() is { } refusal) return ApiProblem.Of(409, "conflict", "It conflicts with what is there now", refusal, current: EvacuationRequests.Show(preview));
        if (preview.Moves.Count + preview.Waits.Count == 0 && EvacuationRequests.AsksNothing(current?.Find(), next)) return await AcceptedAsync(colours, leaving, http);
        var changes = ChangeSet.Empty.With(
            new Change.Put(Keys.Evacuation(leaving), DocumentJson.Write(next), current?.ModifyIndex ?? 0),
            new Change.Unchanged(Keys.Evacuation(leaving.Other()), other?.ModifyIndex ?? 0),
            note.Entry(null, "colour.evacuating", $"evacuation of {leaving.Word()} by {note.By}: {preview.Describe()}", current?.Find(), next));
        if (await writer.CommitAsync(changes, http.RequestAborted) is not CommitResult.Committed) return null;
        return await AcceptedAsync(colours, leaving, http);
    }

    private static async Task<Results<JsonHttpResult<ColourAnswer>, ProblemHttpResult>> RestoreAsync(
        string colour, ColourReader colours, EvacuationReader evacuations, PlanCatalog plans, TrafficFollower follower, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if (RequestQuery.FindColour(colour) is not { } left) return ApiProblem.BadName("colour", RequestQuery.ColourRule);
        if ((await RequestBody<RestoreRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        for (var attempt = 1; attempt <= Attempts; attempt++)
            if (await TryRestoreAsync(left, request, colours, evacuations, plans, follower, writer, requests, http) is { } answer) return answer;
        return Lost(left);
    }

    /// <returns>Null when somebody else, the controller mostly, wrote at the same moment.</returns>
    private static async Task<Results<JsonHttpResult<ColourAnswer>, ProblemHttpResult>?> TryRestoreAsync(
        Colour left, RestoreRequest request, ColourReader colours, EvacuationReader evacuations, PlanCatalog plans, TrafficFollower follower, TrafficWriter writer, Requests requests, HttpContext http)
    {
        var current = await evacuations.FindAsync(left, http.RequestAborted);
        if (current is Reading<Evacuation>.Broken broken) return Broken(broken.Problem);
        var evacuation = current?.Find();
        if (ApiProblem.FindNewer(evacuation, "evacuation") is { } newer) return newer;
        if (evacuation is not { IsOn: true } && !EvacuationEngine.EvacuatedOf(follower.Current, left).Any()) return ApiProblem.Conflict($"{left.Word()} is not evacuated: there is nothing to restore");
        var (plan, refused) = request.Plan is null ? (null, null) : await plans.ChooseAsync(request.Plan, null, http.RequestAborted);
        if (refused is not null) return refused;
        if (evacuation is { Phase: EvacuationPhase.Restoring }) return await AcceptedAsync(colours, left, http);
        var note = requests.Note(http, request.Reason);
        var next = EvacuationRequests.Restore(evacuation, left, plan, request.Parallelism, note);
        if (next.FindProblem() is { } problem) return ApiProblem.ImpossibleDocument(problem.Replace("restore/", "", StringComparison.Ordinal));
        var changes = ChangeSet.Empty.With(
            new Change.Put(Keys.Evacuation(left), DocumentJson.Write(next), current?.ModifyIndex ?? 0),
            note.Entry(null, "colour.restoring", $"{left.Word()} is restored by {note.By}{(plan?.Name is { } name ? $" with plan {name}" : "")}, {next.Restore!.Parallelism} applications at one time", evacuation, next));
        if (await writer.CommitAsync(changes, http.RequestAborted) is not CommitResult.Committed) return null;
        return await AcceptedAsync(colours, left, http);
    }

    /// <summary>A person's word that what must be done before an application leaves is done.</summary>
    private static async Task<Results<JsonHttpResult<AppLeaving>, ProblemHttpResult>> ApproveAsync(
        string colour, AppName app, EvacuationReader evacuations, TrafficReader reader, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if (RequestQuery.FindColour(colour) is not { } left) return ApiProblem.BadName("colour", RequestQuery.ColourRule);
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        var leavings = await evacuations.ListLeavingsAsync(left, http.RequestAborted);
        var (known, index) = leavings.TryGetValue(app, out var found) ? found : (null, 0ul);
        if ((await evacuations.FindAsync(left, http.RequestAborted))?.Find() is not { Phase: EvacuationPhase.Evacuating } on || reading.App.State.Value!.Evacuated is not null
            || AppLeaving.FindWaiting(reading.App.Definition.Value!.Leaving, known, on, app) is null)
            return ApiProblem.Conflict($"\"{app}\" does not wait for anybody to leave {left.Word()}");
        var note = requests.Note(http, request.Reason);
        var next = (known?.Evacuation == on.Id ? known : new AppLeaving { App = app, Evacuation = on.Id }) with { Approval = new LeavingApproval { By = note.By, Reason = note.Reason, At = note.At } };
        var changes = ChangeSet.Empty.With(
            new Change.Put(Keys.Leaving(left, app), DocumentJson.Write(next), index),
            note.Entry(app, "app.leavingApproved", $"{note.By} lets its traffic leave {left.Word()}", known, next));
        return await writer.CommitAsync(changes, http.RequestAborted) is CommitResult.Committed ? TypedResults.Json(next, DocumentJson.Options) : Lost(left);
    }

    private static ProblemHttpResult? FindObstacle(Reading<Evacuation>? current, Reading<Evacuation>? otherSide, Colour leaving) =>
        current is Reading<Evacuation>.Broken broken ? Broken(broken.Problem)
        : otherSide is Reading<Evacuation>.Broken unknown ? Broken(unknown.Problem)
        : ApiProblem.FindNewer(current?.Find(), "evacuation") is { } newer ? newer
        : otherSide?.Find() is { IsOn: true } other ? ApiProblem.Conflict($"{other.Colour.Word()} is evacuated by {other.By}{(other.Reason is { } why ? $" ({why})" : "")}: without {leaving.Word()} nothing would serve. POST /api/v1/colours/{other.Colour.Word()}/restore first", other)
        : null;

    private static async Task<JsonHttpResult<ColourAnswer>> AcceptedAsync(ColourReader colours, Colour colour, HttpContext http) =>
        TypedResults.Json(await colours.ReadAsync(colour, http), DocumentJson.Options, statusCode: 202);

    private static ProblemHttpResult Broken(string problem) => ApiProblem.Of(500, "broken-document", "The document is broken", $"{problem}; nothing is moved until it is put right");

    private static ProblemHttpResult Lost(Colour colour) => ApiProblem.Conflict($"the evacuation of {colour.Word()} was changed by somebody else at the same moment; nothing was written, try again");
}
