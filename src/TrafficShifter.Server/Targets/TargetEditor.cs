using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Targets;

/// <summary>Changes target rules: reads, edits, checks, writes if nobody else did meanwhile.</summary>
public sealed class TargetEditor(TrafficReader reader, TrafficFollower follower, TargetDocuments documents, TrafficWriter writer, Fleet fleet, Requests requests)
{
    // Self-service calls of many users come at once.
    private const int Attempts = 8;

    /// <param name="edit">The rules after the change; null where there is nothing to take away.</param>
    /// <param name="missing">What is not there when <paramref name="edit"/> says null.</param>
    internal async Task<Results<JsonHttpResult<TargetsWritten>, ProblemHttpResult>> EditAsync(
        HttpContext http, AppName app, string? reason, string? wait, Func<TargetRules, TargetRules?> edit, string missing = "")
    {
        if (!RequestQuery.TryReadWait(wait, WeightsEndpoints.LongestWait, out var patience)) return ApiProblem.BadQuery("wait", $"a duration up to {Duration.Format(WeightsEndpoints.LongestWait)}, like 5s");
        if (requests.FindReasonProblem(reason) is { } reasonProblem) return reasonProblem;
        for (var attempt = 1; ; attempt++)
        {
            var reading = await reader.ReadWithTargetsAsync(app, http.RequestAborted);
            if (FindObstacle(http, app, reading.App) is { } obstacle) return obstacle;
            var before = reading.App.Targets.Value ?? TargetRules.None;
            if (edit(before) is not { } after) return ApiProblem.NotFound("rule", missing);
            if ((after.FindProblem() ?? after.FindUnknownGroup(reading.App.Definition.Value!.Groups) ?? TargetRows.FindTooMany(app, after, follower.Current.Apps.Values)) is { } problem) return ApiProblem.ImpossibleDocument(problem);
            var differences = TargetSummary.Compare(before, after).Count;
            if (differences == 0 && reading.App.Targets is { IsLost: false, Problem: null }) return Answer(http, TargetsWritten.Of(before, 0, reading.App.Targets.LatestIndex) with { Warnings = Warn(reading) }, 200);

            var note = requests.Note(http, reason);
            var (written, refusal) = await TryWriteAsync(reading.App, after, note, http.RequestAborted);
            if (refusal is not null) return ApiProblem.ImpossibleDocument(refusal);
            if (written is { } index)
            {
                var answer = TargetsWritten.Of(TargetChanges.Stamp(after, note), differences, index) with { Warnings = Warn(reading) };
                return await AnswerWhenObservedAsync(http, app, answer, wait is null ? null : patience);
            }
            if (attempt == Attempts) return ApiProblem.Conflict($"somebody else keeps changing the target rules of \"{app}\" or the number of all users; {Attempts} attempts lost the race, nothing was changed");
        }
    }

    private static ProblemHttpResult? FindObstacle(HttpContext http, AppName app, AppTraffic current)
    {
        if (!current.Exists) return AppEndpoints.NoSuchApp(app);
        if (!RequestQuery.TryReadIfMatch(http, out var expected)) return ApiProblem.Of(400, "bad-if-match", "If-Match cannot be read", "If-Match takes the ETag of the target rules, like \"123\", or *");
        if (expected is { } version && version != current.Targets.LatestIndex) return ApiProblem.Stale(version, current.Targets.LatestIndex);
        if (ApiProblem.FindNewer(current.Definition.Value, "definition") is { } newer) return newer;
        if (current.Targets.Value is { IsReadOnly: true } rules) return ApiProblem.Conflict($"the target rules were written by a newer version (schema {rules.Schema}); this one reads them and does not write them");
        return current.Definition.Value!.Routing.Kind == RoutingKind.Map
            ? null
            : ApiProblem.Impossible("", $"\"{app}\" is on `weights` routing, where HAProxy knows no users: target rules need `map` routing");
    }

    private async Task<(ulong? Index, string? Refusal)> TryWriteAsync(AppTraffic current, TargetRules next, ChangeNote note, CancellationToken cancellationToken)
    {
        var prepared = await documents.PrepareAsync(current, next, note, cancellationToken);
        if (prepared.Problem is not null) return (null, prepared.Problem);
        var result = await writer.CommitAsync(TargetChanges.Set(current, next, prepared.Changes, note), cancellationToken);
        await documents.SweepAsync(current.Name, result is CommitResult.Committed ? prepared.Replaced : prepared.Written, cancellationToken);
        return (result is CommitResult.Committed committed ? committed.Index : null, null);
    }

    internal static List<string>? Warn(AppReading reading)
    {
        var warnings = new List<string>();
        if (reading.Lock is { } held) warnings.Add($"all traffic is locked to {held.To.Word()} by {held.By} ({held.Reason}): the rules are stored, and apply after unlock");
        if (reading.App.Targets.Problem is { } broken) warnings.Add($"{broken}; the last valid target rules stay");
        if (reading.App.Targets.IsLost) warnings.Add($"kv-lost: targets/{reading.App.Name} vanished; the last known target rules stay");
        return warnings.Count > 0 ? warnings : null;
    }

    private async Task<JsonHttpResult<TargetsWritten>> AnswerWhenObservedAsync(HttpContext http, AppName app, TargetsWritten answer, TimeSpan? patience)
    {
        if (patience is not { } wait) return Answer(http, answer, 200);
        var nodes = await fleet.ObserveAsync(app, answer.ModifyIndex, wait, http.RequestAborted);
        return Answer(http, answer with { Nodes = nodes }, RequestQuery.IsObserved(nodes) ? 200 : 202);
    }

    internal static JsonHttpResult<T> Answer<T>(HttpContext http, T answer, ulong version, int status)
    {
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
        return TypedResults.Json(answer, DocumentJson.Options, statusCode: status);
    }

    private static JsonHttpResult<TargetsWritten> Answer(HttpContext http, TargetsWritten answer, int status) => Answer(http, answer, answer.ModifyIndex, status);
}
