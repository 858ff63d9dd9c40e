using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>What people tell a migration. Any replica takes it and writes it at once; what follows from it is the leader's turn.</summary>
internal static class MigrationCommandEndpoints
{
    private const int Attempts = 5;

    public static void MapMigrationCommands(this IEndpointRouteBuilder api)
    {
        api.MapPost("/migrations/{name}/start", StartAsync).WithName("StartMigration").Does(Verbs.Migrate).WithSummary("Hold the applications of all waves, then move them; ?dryRun=true gives the whole schedule")
            .TakesOptional<Traffic.ReasonRequest>().Produces<MigrationAnswer>().Produces<MigrationSchedule>();
        Map("pause", Verbs.Migrate, "Begin with no further application; what moves goes on");
        Map("resume", Verbs.Migrate, "Go on after a pause or a stop; the stop rules count anew");
        Map("approve", Verbs.ApproveWave, "Let the wave begin whose gate waits");
        Map("reject", Verbs.ApproveWave, "Stop the migration at the gate that waits");
        api.MapPost("/migrations/{name}/abort", AbortAsync).WithName("AbortMigration").Does(Verbs.Migrate).WithSummary("End a migration: nothing new begins, and its applications are let go once nothing moves; {\"rollouts\":\"abort\"} takes back what moves")
            .TakesOptional<AbortRequest>().Produces<MigrationAnswer>();

        void Map(string command, Verb verb, string summary) => api
            .MapPost($"/migrations/{{name}}/{command}", (string name, MigrationReader migrations, MigrationOffers offers, TrafficWriter writer, Requests requests, HttpContext http) => TellAsync(name, command, migrations, offers, writer, requests, http))
            .WithName($"{char.ToUpperInvariant(command[0])}{command[1..]}Migration").Does(verb).WithSummary(summary).TakesOptional<Traffic.ReasonRequest>().Produces<MigrationAnswer>();
    }

    private static async Task<Results<JsonHttpResult<MigrationAnswer>, JsonHttpResult<MigrationSchedule>, ProblemHttpResult>> StartAsync(
        string name, bool? dryRun, MigrationReader migrations, MigrationPlanner planner, MigrationOffers offers, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<Traffic.ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var found = await migrations.FindAsync(name, http.RequestAborted);
        if (found.Problem is { } problem) return problem;
        if (ApiProblem.FindNewer(found.Migration, "migration") is { } newer) return newer;
        var schedule = await planner.PlanAsync(name, found.Migration!.Definition, http.RequestAborted);
        if (dryRun == true) return TypedResults.Json(schedule, DocumentJson.Options);
        var note = requests.Note(http, request.Reason);
        var done = MigrationCommands.Start(found.Migration, schedule, note);
        if (done.Refusal is { } refusal) return ApiProblem.Conflict(refusal);
        if (schedule.Refusals.Count > 0) return ApiProblem.Impossible(schedule.Refusals);
        if (DocumentJson.Write(done.Act!.Next).Length > DocumentJson.MaxBytes) return ApiProblem.Impossible("", $"with its applications it has more than {DocumentJson.MaxBytes / 1024} KiB: make two of it");
        return await writer.CommitAsync(MigrationChanges.Advance(found.Migration, found.Index, done.Act, _ => 0, note), http.RequestAborted) is CommitResult.Committed committed
            ? await MigrationEndpoints.AnswerAsync(http, done.Act.Next, committed.Index, [], offers)
            : ApiProblem.Conflict($"migration \"{name}\" was changed by somebody else at the same moment; nothing was started, try again");
    }

    private static async Task<Results<JsonHttpResult<MigrationAnswer>, ProblemHttpResult>> TellAsync(string name, string command, MigrationReader migrations, MigrationOffers offers, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<Traffic.ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        return await CommitAsync(name, command, request.Reason, false, migrations, offers, writer, requests, http);
    }

    private static async Task<Results<JsonHttpResult<MigrationAnswer>, ProblemHttpResult>> AbortAsync(string name, MigrationReader migrations, MigrationOffers offers, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<AbortRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        return await CommitAsync(name, "abort", request.Reason, request.Rollouts == WhatMoves.Abort, migrations, offers, writer, requests, http);
    }

    private static async Task<Results<JsonHttpResult<MigrationAnswer>, ProblemHttpResult>> CommitAsync(
        string name, string command, string? reason, bool rollouts, MigrationReader migrations, MigrationOffers offers, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if (requests.FindReasonProblem(reason) is { } reasonProblem) return reasonProblem;
        for (var attempt = 1; ; attempt++)
        {
            var found = await migrations.FindAsync(name, http.RequestAborted);
            if (found.Problem is { } problem) return problem;
            if (ApiProblem.FindNewer(found.Migration, "migration") is { } newer) return newer;
            IReadOnlyList<Move> moves = [.. (await migrations.MovesAsync(name, http.RequestAborted)).Select(m => m.Move)];
            var note = requests.Note(http, reason);
            var done = MigrationCommands.Apply(found.Migration!, moves, MigrationOffers.Make(command, note, Caller.Of(http), rollouts));
            if (done.Refusal is { } refusal) return done.IsForbidden ? ApiProblem.Of(403, "forbidden", "Not permitted", refusal) : ApiProblem.Conflict(refusal);
            if (await writer.CommitAsync(MigrationChanges.Advance(found.Migration!, found.Index, done.Act!, _ => 0, note), http.RequestAborted) is CommitResult.Committed committed)
                return await MigrationEndpoints.AnswerAsync(http, done.Act!.Next, committed.Index, moves, offers);
            if (attempt == Attempts) return ApiProblem.Conflict($"the migration kept changing while it was told to {command}; {Attempts} attempts lost the race, try again");
        }
    }
}
