using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Traffic;

/// <summary>What an emergency rollback may say. Nothing is required: an emergency must not fail for a missing field.</summary>
public sealed record RollbackRequest : DocumentPart
{
    /// <summary>Why; default "emergency rollback".</summary>
    public string? Reason { get; init; }

    /// <summary>Where to: stable (default), blue or green.</summary>
    public RollbackTarget To { get; init; } = RollbackTarget.Stable;

    /// <summary>Also where that colour has no usable server.</summary>
    public bool Force { get; init; }
}

/// <summary>How far a rollback is.</summary>
public sealed record RollbackAnswer
{
    public required TrafficLock Lock { get; init; }

    public required ulong ModifyIndex { get; init; }

    /// <summary>How far each node is; with ?wait=.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<NodeStatus>? Nodes { get; init; }
}

/// <summary>The way back: of one application, of all of them, and from the lock that a rollback leaves.</summary>
internal static class RollbackEndpoints
{
    public static void MapRollback(this IEndpointRouteBuilder api)
    {
        api.MapPost("/apps/{app}/rollback", RollBackAsync).WithName("RollBack").WithSummary("Emergency: all traffic of one application to its stable colour, and locked there")
            .TakesOptional<RollbackRequest>().Produces<RollbackAnswer>().Produces<RollbackAnswer>(202);
        api.MapPost("/rollback", RollBackAllAsync).WithName("RollBackAll").WithSummary("Emergency: every application to its stable colour, or to one colour, in one write")
            .TakesOptional<RollbackRequest>().Produces<FleetRollbackAnswer>();
        api.MapPost("/apps/{app}/unlock", UnlockAsync).WithName("Unlock").WithSummary("Take the lock away; all traffic stays on the stable colour, now by its weights")
            .TakesOptional<ReasonRequest>().Produces<WeightsAnswer>();
    }

    private static async Task<Results<JsonHttpResult<RollbackAnswer>, ProblemHttpResult>> RollBackAsync(
        AppName app, string? wait, TrafficReader reader, TrafficWriter writer, Fleet fleet, Requests requests, HttpContext http)
    {
        if (!RequestQuery.TryReadWait(wait, WeightsEndpoints.LongestWait, out var patience)) return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(WeightsEndpoints.LongestWait)}, like 5s");
        if ((await RequestBody<RollbackRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        var note = requests.Note(http, Shortened(request.Reason));
        var to = request.To switch { RollbackTarget.Blue => Colour.Blue, RollbackTarget.Green => Colour.Green, _ => reading.App.State.Value!.Stable };
        var result = await writer.CommitAsync(TrafficChanges.RollBack(reading.App, to, request.Force, note), http.RequestAborted);
        if (result is not CommitResult.Committed committed) return ApiProblem.Conflict("the rollback was not written; try again");
        var held = new TrafficLock { To = to, By = note.By, Reason = note.Reason ?? TrafficChanges.DefaultReason, At = note.At, Force = request.Force };
        var nodes = wait is null ? null : await fleet.ObserveAsync(app, committed.Index, patience, http.RequestAborted);
        var answer = new RollbackAnswer { Lock = held, ModifyIndex = committed.Index, Nodes = nodes };
        return TypedResults.Json(answer, DocumentJson.Options, statusCode: nodes is null || RequestQuery.IsObserved(nodes) ? 200 : 202);
    }

    private static async Task<Results<JsonHttpResult<FleetRollbackAnswer>, ProblemHttpResult>> RollBackAllAsync(TrafficWriter writer, TrafficFollower follower, Requests requests, HttpContext http)
    {
        if ((await RequestBody<RollbackRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        var note = requests.Note(http, Shortened(request.Reason));
        var rollback = new FleetRollback { To = request.To, By = note.By, Reason = note.Reason ?? TrafficChanges.DefaultReason, At = note.At, Force = request.Force };
        var result = await writer.CommitAsync(TrafficChanges.RollBackAll(rollback), http.RequestAborted);
        if (result is not CommitResult.Committed committed) return ApiProblem.Conflict("the rollback was not written; try again");
        var answer = new FleetRollbackAnswer(rollback, committed.Index, follower.Current.Apps.Values.Count(a => a.Exists));
        return TypedResults.Json(answer, DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<WeightsAnswer>, ProblemHttpResult>> UnlockAsync(AppName app, TrafficReader reader, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        if (reading.Lock is null) return ApiProblem.Conflict($"\"{app}\" is not locked");
        var note = requests.Note(http, request.Reason);
        var state = reading.App.State.Value!;
        var result = await writer.CommitAsync(TrafficChanges.Unlock(reading.App, state, note).UnlessRolledBackSince(reading.Fleet), http.RequestAborted);
        return result is CommitResult.Committed committed
            ? TypedResults.Json(WeightsAnswer.Of(Weights.AllOn(state.Stable) with { By = note.By, Reason = note.Reason, At = note.At }, committed.Index), DocumentJson.Options)
            : ApiProblem.Conflict($"\"{app}\" was changed by somebody else at the same moment; it is still locked, try again");
    }

    /// <summary>A reason that is too long is cut, not refused: this is an emergency.</summary>
    private static string? Shortened(string? reason) => reason is { Length: > ChangeNote.MaxReason } ? reason[..ChangeNote.MaxReason] : reason;
}

/// <summary>The rollback of every application.</summary>
/// <param name="Applications">How many applications are known that it holds for.</param>
public sealed record FleetRollbackAnswer(FleetRollback Rollback, ulong ModifyIndex, int Applications);

/// <summary>A request that says no more than why.</summary>
public sealed record ReasonRequest : DocumentPart
{
    public string? Reason { get; init; }
}
