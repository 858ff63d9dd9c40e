using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

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

    /// <summary>Also cuts the live sessions on the side that is left, once the traffic goes to the other one: requests in flight fail, WebSockets close.</summary>
    public bool Sever { get; init; }
}

/// <summary>How far a rollback is.</summary>
public sealed record RollbackAnswer
{
    /// <summary>The lock that holds; null when this replica never heard of the application, and left it to the agents.</summary>
    public required TrafficLock? Lock { get; init; }

    /// <summary>ModifyIndex of the write; 0 when the store did not take it and the agents were told directly.</summary>
    public required ulong ModifyIndex { get; init; }

    /// <summary>What the agents were given because the store is away; it is recorded when the store is back.</summary>
    public TrafficOverride? Override { get; init; }

    /// <summary>What came of the override on each node, those not reached included.</summary>
    public IReadOnlyList<RescueStatus>? Rescue { get; init; }

    /// <summary>How far each node is; with ?wait=.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<NodeStatus>? Nodes { get; init; }

    /// <summary>Whether the side that was left is at 0 on every node, and what is still there; with ?wait=.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Left { get; init; }
}

/// <summary>The way back: of one application, of all of them, and from the lock that a rollback leaves.</summary>
internal static class RollbackEndpoints
{
    public static void MapRollback(this IEndpointRouteBuilder api)
    {
        api.MapPost("/apps/{app}/rollback", RollBackAsync).WithName("RollBack").Does(Verbs.RollBack).WithSummary("Emergency: all traffic of one application to its stable colour, and locked there")
            .TakesOptional<RollbackRequest>().Produces<RollbackAnswer>().Produces<RollbackAnswer>(202);
        api.MapPost("/rollback", RollBackAllAsync).WithName("RollBackAll").Does(Verbs.RollBackAll).WithSummary("Emergency: every application to its stable colour, or to one colour, in one write")
            .TakesOptional<RollbackRequest>().Produces<FleetRollbackAnswer>().Produces<FleetRollbackAnswer>(202);
        api.MapPost("/apps/{app}/unlock", UnlockAsync).WithName("Unlock").Does(Verbs.Unlock).WithSummary("Take the lock away; all traffic stays on the stable colour, now by its weights")
            .TakesOptional<ReasonRequest>().Produces<WeightsAnswer>();
    }

    private static async Task<Results<JsonHttpResult<RollbackAnswer>, ProblemHttpResult>> RollBackAsync(
        AppName app, string? wait, TrafficReader reader, Rescue rescue, Fleet fleet, Requests requests, TimeProvider time, HttpContext http)
    {
        if (!RequestQuery.TryReadWait(wait, WeightsEndpoints.LongestWait, out var patience)) return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(WeightsEndpoints.LongestWait)}, like 5s");
        if ((await RequestBody<RollbackRequest>.ReadAsync(http, optional: true, lenient: true)).IsBad(out var bad, out var request)) return bad;
        RescueResult? result;
        TrafficLock? held;
        do
        {
            var reading = await reader.ReadOrRecallAsync(app, Rescue.Patience, time, CancellationToken.None);
            // What is only remembered does not say that there is no such application: somebody may have registered it since.
            if (reading is { App.Exists: false, Age: null } or { App.Definition.Value.Deleted: true }) return AppEndpoints.NoSuchApp(app);
            var note = rescue.MakeLast(requests.Note(http, Shortened(request.Reason)), reading);
            var given = Rescue.OverrideFor(app, request, note);
            held = reading is { App: { Exists: true, State.Value: { } state } } ? given.ToLock(state) : null;
            Func<RollbackGround?, ChangeSet>? changes = held is null ? null : now =>
            {
                // After a lost race the stable colour may be another one.
                held = given.ToLock((now?.App ?? reading!.App).State.Value ?? reading!.App.State.Value!);
                return TrafficChanges.RollBack(now?.App ?? reading!.App, held.To, request.Force, note, request.Sever).UnlessRolledBackSince(now?.Fleet ?? reading!.Fleet);
            };
            result = await rescue.RollBackAsync(changes, given, wait is null ? Rescue.Patience : patience, isLate: reading is { Age: not null });
        }
        while (result is null);
        var nodes = wait is null || result.Index == 0 ? null : await fleet.ObserveAsync(app, result.Index, patience, http.RequestAborted);
        var answer = new RollbackAnswer { Lock = held, ModifyIndex = result.Index, Nodes = nodes, Left = nodes is null ? null : LeftBehind.Describe(nodes), Override = result.Override, Rescue = result.Nodes };
        return TypedResults.Json(answer, DocumentJson.Options, statusCode: result.IsDone && (nodes is null || RequestQuery.IsObserved(nodes)) ? 200 : 202);
    }

    private static async Task<Results<JsonHttpResult<FleetRollbackAnswer>, ProblemHttpResult>> RollBackAllAsync(
        string? wait, Rescue rescue, Fleet fleet, TrafficFollower follower, Requests requests, HttpContext http)
    {
        if (!RequestQuery.TryReadWait(wait, WeightsEndpoints.LongestWait, out var patience)) return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(WeightsEndpoints.LongestWait)}, like 5s");
        if ((await RequestBody<RollbackRequest>.ReadAsync(http, optional: true, lenient: true)).IsBad(out var bad, out var request)) return bad;
        RescueResult? result;
        FleetRollback rollback;
        do
        {
            // In this order: whatever is known up to the index is below the id.
            var known = follower.Current.Index;
            var note = rescue.MakeLast(requests.Note(http, Shortened(request.Reason)), null);
            var given = Rescue.OverrideFor(null, request, note);
            rollback = new() { Id = given.Id, KnownIndex = known, To = given.To, By = given.By, Reason = given.Reason, At = given.At, Force = given.Force, Sever = given.Sever, Origin = given.Origin };
            result = await rescue.RollBackAsync(now => TrafficChanges.RollBackAll(now?.Fleet ?? follower.Current.Fleet, rollback, note), given, wait is null ? Rescue.Patience : patience);
        }
        while (result is null);
        var nodes = wait is null || result.Index == 0 ? null : await fleet.ObserveAllAsync(result.Index, patience, http.RequestAborted);
        var answer = new FleetRollbackAnswer(rollback, result.Index, follower.Current.Apps.Values.Count(a => a.Exists), result.Override, result.Nodes)
        {
            Nodes = nodes, Left = nodes is null ? null : LeftBehind.Describe(nodes),
        };
        return TypedResults.Json(answer, DocumentJson.Options, statusCode: result.IsDone && (nodes is null || FleetNodeStatus.AreObserved(nodes)) ? 200 : 202);
    }

    private static async Task<Results<JsonHttpResult<WeightsAnswer>, ProblemHttpResult>> UnlockAsync(AppName app, TrafficReader reader, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        if (reading.Lock is not { } held) return ApiProblem.Conflict($"\"{app}\" is not locked");
        if (held.Evacuation is not null && reading.App.State.Value?.Evacuated is { } gone) return ApiProblem.Held($"the lock of \"{app}\" is the evacuation's: {gone.Describe()}", held);
        if ((ApiProblem.FindNewer(reading.App.State.Value, "state") ?? ApiProblem.FindNewer(reading.App.Weights.Value, "weights")) is { } newer) return newer;
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
/// <param name="ModifyIndex">Of the one write; 0 when the store did not take it and the agents were told directly.</param>
/// <param name="Applications">How many applications are known that it holds for.</param>
/// <param name="Override">What the agents were given because the store is away.</param>
/// <param name="Rescue">What came of the override on each node, those not reached included.</param>
public sealed record FleetRollbackAnswer(FleetRollback Rollback, ulong ModifyIndex, int Applications, TrafficOverride? Override, IReadOnlyList<RescueStatus>? Rescue)
{
    /// <summary>How far each node is with all its applications; with ?wait=.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FleetNodeStatus>? Nodes { get; init; }

    /// <summary>Whether all sides that were left are at 0 on every node, and what is still there; with ?wait=.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Left { get; init; }
}

/// <summary>A request that says no more than why.</summary>
public sealed record ReasonRequest : DocumentPart
{
    public string? Reason { get; init; }
}
