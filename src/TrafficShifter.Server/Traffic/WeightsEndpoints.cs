using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Evacuations;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Traffic;

/// <summary>Reading and shifting an application's weights.</summary>
internal static class WeightsEndpoints
{
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private const int Attempts = 3;

    public static void MapWeights(this IEndpointRouteBuilder api)
    {
        api.MapGet("/apps/{app}/weights", GetAsync).WithName("GetWeights").Does(Verbs.View).WithSummary("The weights as they are wanted; the ETag is their version").Produces<WeightsAnswer>();
        api.MapPut("/apps/{app}/weights", ShiftAsync).WithName("Shift").Does(Verbs.Shift).WithSummary("Shift traffic by hand; ?wait=5s answers when every node is observed, ?dryRun=true writes nothing")
            .Takes<ShiftRequest>().Produces<WeightsAnswer>().Produces<WeightsAnswer>(202);
    }

    private static async Task<Results<JsonHttpResult<WeightsAnswer>, ProblemHttpResult>> GetAsync(AppName app, TrafficReader reader, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (reading.App is not { Exists: true, Weights.Value: { } weights }) return AppEndpoints.NoSuchApp(app);
        TrafficReader.NoteAge(http, reading.Age);
        var problems = reading.App.FindProblems(reading.Fleet).ToList();
        return Answer(http, WeightsAnswer.Of(weights, reading.App.Weights.ModifyIndex) with { Warnings = problems.Count > 0 ? problems : null }, 200);
    }

    private static async Task<Results<JsonHttpResult<WeightsAnswer>, ProblemHttpResult>> ShiftAsync(
        AppName app, bool? dryRun, string? wait, TrafficReader reader, TrafficWriter writer, Achievability achievability, TakingOut taking, Fleet fleet, Requests requests, ServerTiming timing, HttpContext http)
    {
        if (!RequestQuery.TryReadWait(wait, LongestWait, out var patience)) return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(LongestWait)}, like 5s");
        if ((await RequestBody<ShiftRequest>.ReadAsync(http)).IsBad(out var bad, out var request)) return bad;
        if (request.ToWeights() is var wanted && wanted.FindProblem() is { } problem) return ApiProblem.ImpossibleDocument(problem);
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        timing.Note(http, "accepted");

        for (var attempt = 0; ; attempt++)
        {
            // First on what was heard, which asks nobody: the transaction is lost if it is not so any more. A refusal is always about the store.
            var heard = attempt == 0 && dryRun != true ? reader.FindHeard(app) : null;
            if (heard is not null && (heard.App.State.Value?.Evacuated is not null || FindObstacle(http, app, heard) is not null)) heard = null;
            var before = heard ?? await reader.ReadAsync(app, http.RequestAborted);
            if (before.App is { Exists: true, State.Value: { } state } && TakingOut.FindRefusal(http, state, request.Force, request.Reason) is { } held) return held;
            var (reading, taken) = await taking.TakeAsync(before, http.RequestAborted);
            if (FindObstacle(http, app, reading) is { } obstacle) return obstacle;
            var definition = reading.App.Definition.Value!;
            // Where what was read back last from all nodes takes it, nobody has to be asked before the write; and who waits is told what they have then.
            var expected = dryRun == true ? null : achievability.FindExpected(definition, wanted.ShareOf(Colour.Green), wanted.Force);
            var planning = expected is not null && wait is not null
                ? Task.FromResult(expected) : achievability.PlanAsync(definition, wanted.ShareOf(Colour.Green), wanted.Force, http.RequestAborted);
            if (expected is null && (await planning).FirstOrDefault(a => a.Refused) is { } refused)
            {
                if (heard is not null) continue;
                return ApiProblem.Impossible("/green", $"on node {refused.Node}: {refused.Problem}");
            }
            if (dryRun == true) return Answer(http, Describe(wanted, await planning, reading) with { DryRun = true }, 200);
            var note = requests.Note(http, request.Reason);
            var result = await writer.CommitAsync(TrafficChanges.Shift(reading.App, wanted, note, ReferenceEquals(reading, before) ? null : reading.App.State.Value).With(taken).UnlessRolledBackSince(reading.Fleet), http.RequestAborted);
            if (result is CommitResult.Committed committed)
            {
                timing.Note(http, "committed");
                var answer = Describe(wanted, await planning, reading) with { By = note.By, Reason = note.Reason, At = note.At, ModifyIndex = committed.Index };
                return await AnswerWhenObservedAsync(http, answer, app, fleet, wait is null ? null : patience, timing);
            }
            if (attempt == Attempts) return ApiProblem.Conflict($"somebody else keeps changing \"{app}\"; {Attempts} attempts lost the race, nothing was changed", reading.App.Weights.Value);
        }
    }

    private static ProblemHttpResult? FindObstacle(HttpContext http, AppName app, AppReading reading)
    {
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        if (!RequestQuery.TryReadIfMatch(http, out var expected)) return ApiProblem.Of(400, "bad-if-match", "If-Match cannot be read", "If-Match takes the ETag of the weights, like \"123\", or *");
        if (expected is { } version && version != reading.App.Weights.LatestIndex) return ApiProblem.Stale(version, reading.App.Weights.LatestIndex, reading.App.Weights.Value);
        if (ApiProblem.FindNewer(reading.App.Weights.Value, "weights") is { } newer) return newer;
        return reading.Lock is { } held
            ? ApiProblem.Locked($"all traffic of \"{app}\" is locked to {held.To.Word()} by {held.By} ({held.Reason}); POST /api/v1/apps/{app}/unlock first", held)
            : null;
    }

    private static WeightsAnswer Describe(Weights wanted, IReadOnlyList<AchievableShare> achievable, AppReading reading) =>
        WeightsAnswer.Of(wanted, null) with { Achievable = achievable, Warnings = Warn(achievable, reading) };

    private static List<string>? Warn(IReadOnlyList<AchievableShare> achievable, AppReading reading)
    {
        var warnings = new List<string>();
        if (achievable.Count == 0) warnings.Add("no node that answers has the application's backend: it is not known what can be achieved");
        warnings.AddRange(achievable.Where(a => a.Problem is not null).Select(a => $"{a.Node}: {a.Problem}"));
        if (reading.App.State.Value?.Rollout is { } rollout) warnings.Add($"rollout {rollout} is running: it pauses because the weights are changed by hand");
        return warnings.Count > 0 ? warnings : null;
    }

    private static async Task<JsonHttpResult<WeightsAnswer>> AnswerWhenObservedAsync(HttpContext http, WeightsAnswer answer, AppName app, Fleet fleet, TimeSpan? patience, ServerTiming timing)
    {
        if (patience is not { } wait) return Answer(http, answer, 200);
        var nodes = await fleet.ObserveAsync(app, answer.ModifyIndex!.Value, wait, http.RequestAborted);
        if (RequestQuery.IsObserved(nodes)) timing.Note(http, "observed");
        return Answer(http, answer with { Nodes = nodes }, RequestQuery.IsObserved(nodes) ? 200 : 202);
    }

    private static JsonHttpResult<WeightsAnswer> Answer(HttpContext http, WeightsAnswer answer, int status)
    {
        if (answer.ModifyIndex is { } version) http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
        return TypedResults.Json(answer, DocumentJson.Options, statusCode: status);
    }
}
