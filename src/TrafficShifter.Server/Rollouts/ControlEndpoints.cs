using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>The freeze calendar and the switch that stops the line. Neither is asked by anything that rolls back.</summary>
internal static partial class ControlEndpoints
{
    public static void MapControl(this IEndpointRouteBuilder api)
    {
        var control = api.MapGroup("/control");
        control.MapGet("/freeze", GetFreezeAsync).WithName("GetFreeze").Does(Verbs.Look).WithSummary("The freeze calendar; the ETag is its version").Produces<FreezeCalendar>();
        control.MapPut("/freeze", PutFreezeAsync).WithName("PutFreeze").Does(Verbs.Freeze).WithSummary("Replace the freeze calendar").Takes<FreezeCalendar>().Produces<FreezeCalendar>();
        control.MapDelete("/freeze", (StandstillReader reader, TrafficWriter writer, Requests requests, ILoggerFactory logs, HttpContext http) => DeleteAsync(Keys.Freeze, reader, writer, requests, logs, http))
            .WithName("DeleteFreeze").Does(Verbs.Freeze).WithSummary("No freeze any more").Produces(204);
        control.MapGet("/stop", GetStopAsync).WithName("GetStop").Does(Verbs.Look).WithSummary("Who stopped the line; 404 while it runs").Produces<StopLine>();
        control.MapPut("/stop", PutStopAsync).WithName("PutStop").Does(Verbs.Stop).WithSummary("Stop the line: no rollout goes forward, every rollback still does").TakesOptional<ReasonRequest>().Produces<StopLine>();
        control.MapDelete("/stop", (StandstillReader reader, TrafficWriter writer, Requests requests, ILoggerFactory logs, HttpContext http) => DeleteAsync(Keys.Stop, reader, writer, requests, logs, http))
            .WithName("DeleteStop").Does(Verbs.Run).WithSummary("Let the line run again").Produces(204);
    }

    private static async Task<Results<JsonHttpResult<FreezeCalendar>, ProblemHttpResult>> GetFreezeAsync(StandstillReader reader, HttpContext http) =>
        (await reader.ReadAsync(http.RequestAborted)).Freeze switch
        {
            null => Answer(http, new FreezeCalendar(), 0),
            Reading<FreezeCalendar>.Good good => Answer(http, good.Value, good.ModifyIndex),
            Reading<FreezeCalendar>.Broken broken => Broken(broken.Problem),
            _ => throw new InvalidOperationException("a reading is good or broken"),
        };

    private static async Task<Results<JsonHttpResult<FreezeCalendar>, ProblemHttpResult>> PutFreezeAsync(StandstillReader reader, TrafficWriter writer, Requests requests, ILoggerFactory logs, HttpContext http)
    {
        if ((await RequestBody<FreezeCalendar>.ReadAsync(http)).IsBad(out var bad, out var request)) return bad;
        if ((request.FindProblem() ?? request.FindZoneProblem()) is { } problem) return ApiProblem.ImpossibleDocument(problem);
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var current = (await reader.ReadAsync(http.RequestAborted)).Freeze;
        if (!RequestQuery.TryReadIfMatch(http, out var expected)) return ApiProblem.Of(400, "bad-if-match", "If-Match cannot be read", "If-Match takes the ETag of the calendar, like \"123\", or *");
        if (expected is { } version && version != (current?.ModifyIndex ?? 0)) return ApiProblem.Stale(version, current?.ModifyIndex ?? 0, current?.Find());
        if (ApiProblem.FindNewer(current?.Find(), "freeze calendar") is { } newer) return newer;
        var note = requests.Note(http, request.Reason);
        var calendar = request with { By = note.By, Reason = note.Reason, At = note.At, UnknownFields = current?.Find()?.UnknownFields };
        var put = new Change.Put(Keys.Freeze, DocumentJson.Write(calendar), current?.ModifyIndex ?? 0);
        var entry = note.Entry(null, "freeze.set", $"freeze calendar set to {calendar.Windows.Count} windows by {note.By}", current?.Find(), calendar);
        if (await writer.CommitAsync(ChangeSet.Empty.With(put, entry), http.RequestAborted) is not CommitResult.Committed committed) return Lost("the freeze calendar");
        LogFrozen(logs.CreateLogger(typeof(ControlEndpoints)), note.By, calendar.Windows.Count, note.Reason);
        return Answer(http, calendar, committed.Index);
    }

    private static async Task<Results<JsonHttpResult<StopLine>, ProblemHttpResult>> GetStopAsync(StandstillReader reader, HttpContext http) =>
        (await reader.ReadAsync(http.RequestAborted)).Stop switch
        {
            null => ApiProblem.NotFound("stop", "the line runs"),
            Reading<StopLine>.Good good => Answer(http, good.Value, good.ModifyIndex),
            Reading<StopLine>.Broken broken => Broken(broken.Problem),
            _ => throw new InvalidOperationException("a reading is good or broken"),
        };

    /// <summary>Whatever stands there: who stops the line must not fail because somebody else did a moment earlier.</summary>
    private static async Task<Results<JsonHttpResult<StopLine>, ProblemHttpResult>> PutStopAsync(TrafficWriter writer, Requests requests, ILoggerFactory logs, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true, lenient: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var note = requests.Note(http, request.Reason);
        var stop = new StopLine { By = note.By, Reason = note.Reason, At = note.At };
        var result = (CommitResult.Committed)await writer.CommitAsync(ChangeSet.Empty.With(new Change.Set(Keys.Stop, DocumentJson.Write(stop)), note.Entry(null, "line.stopped", $"line stopped by {note.By}", null, stop)), http.RequestAborted);
        LogStopped(logs.CreateLogger(typeof(ControlEndpoints)), note.By, note.Reason);
        return Answer(http, stop, result.Index);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string key, StandstillReader reader, TrafficWriter writer, Requests requests, ILoggerFactory logs, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var now = await reader.ReadAsync(http.RequestAborted);
        var index = key == Keys.Stop ? now.Stop?.ModifyIndex : now.Freeze?.ModifyIndex;
        if (index is null) return TypedResults.NoContent();
        var note = requests.Note(http, request.Reason);
        var entry = key == Keys.Stop
            ? note.Entry(null, "line.started", $"stopped line runs again by {note.By}", now.Stop?.Find(), null)
            : note.Entry(null, "freeze.lifted", $"freeze calendar taken away by {note.By}", now.Freeze?.Find(), null);
        if (await writer.CommitAsync(ChangeSet.Empty.With(new Change.Remove(key, index.Value), entry), http.RequestAborted) is not CommitResult.Committed) return Lost(key);
        LogRemoved(logs.CreateLogger(typeof(ControlEndpoints)), key, note.By, note.Reason);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult Lost(string what) => ApiProblem.Conflict($"{what} was changed by somebody else at the same moment; nothing was written, try again");

    private static ProblemHttpResult Broken(string problem) => ApiProblem.Of(500, "broken-document", "The document is broken", $"{problem}; nothing goes forward until it is put right");

    private static JsonHttpResult<T> Answer<T>(HttpContext http, T document, ulong index)
    {
        if (index > 0) http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{index}\"");
        return TypedResults.Json(document, DocumentJson.Options);
    }

    [LoggerMessage(EventId = 330, Level = LogLevel.Warning, Message = "{By} set the freeze calendar to {Count} windows ({Reason})")]
    private static partial void LogFrozen(ILogger logger, string by, int count, string? reason);

    [LoggerMessage(EventId = 331, Level = LogLevel.Warning, Message = "{By} stopped the line ({Reason}): no rollout goes forward")]
    private static partial void LogStopped(ILogger logger, string by, string? reason);

    [LoggerMessage(EventId = 332, Level = LogLevel.Warning, Message = "{Key} was taken away by {By} ({Reason})")]
    private static partial void LogRemoved(ILogger logger, string key, string by, string? reason);
}
