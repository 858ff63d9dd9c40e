using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Migrations: stored, looked at, forgotten.</summary>
internal static class MigrationEndpoints
{
    private const int RemovalsAtOnce = 50;

    public static void MapMigrations(this IEndpointRouteBuilder api)
    {
        api.MapGet("/migrations", ListAsync).WithName("ListMigrations").Does(Verbs.View).WithSummary("All migrations, and how each stands").Produces<IReadOnlyList<MigrationAnswer>>();
        api.MapGet("/migrations/{name}", GetAsync).WithName("GetMigration").Does(Verbs.View).WithSummary("One migration: its waves, what holds it, when it may be done; the ETag is its version").Produces<MigrationAnswer>();
        api.MapGet("/migrations/{name}/report", ReportAsync).WithName("GetMigrationReport").Does(Verbs.View).WithSummary("Each application of a migration, and why it is where it is").Produces<MigrationReport>();
        api.MapPut("/migrations/{name}", PutAsync).WithName("PutMigration").Does(Verbs.Migrations).WithSummary("Store a migration, from JSON or YAML; nothing moves before it is started. ?dryRun=true gives its whole schedule")
            .Takes<MigrationDefinition>().Produces<MigrationAnswer>().Produces<MigrationAnswer>(201).Produces<MigrationDryRun>();
        api.MapDelete("/migrations/{name}", DeleteAsync).WithName("DeleteMigration").Does(Verbs.Migrations).WithSummary("Forget a migration that was not started or has ended, and its report").Produces(204);
    }

    public static async Task<JsonHttpResult<MigrationAnswer>> AnswerAsync(HttpContext http, Migration migration, ulong index, IReadOnlyList<Move> moves, MigrationOffers offers, int status = 200)
    {
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{index}\"");
        return TypedResults.Json(offers.Answer(http, migration, index, moves, await offers.TickAsync(http.RequestAborted)), DocumentJson.Options, statusCode: status);
    }

    private static async Task<JsonHttpResult<IReadOnlyList<MigrationAnswer>>> ListAsync(MigrationReader migrations, MigrationOffers offers, HttpContext http)
    {
        var tick = await offers.TickAsync(http.RequestAborted);
        var answers = new List<MigrationAnswer>();
        foreach (var (migration, index) in await migrations.ListAsync(http, http.RequestAborted))
            answers.Add(offers.Answer(http, migration, index, await RecallMovesAsync(migrations, migration, http), tick));
        return TypedResults.Json<IReadOnlyList<MigrationAnswer>>(answers, DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<MigrationAnswer>, ProblemHttpResult>> GetAsync(string name, MigrationReader migrations, MigrationOffers offers, HttpContext http)
    {
        var found = await migrations.FindAsync(name, http.RequestAborted, http);
        if (found.Problem is { } problem) return problem;
        return await AnswerAsync(http, found.Migration!, found.Index, await RecallMovesAsync(migrations, found.Migration!, http), offers);
    }

    private static async Task<Results<JsonHttpResult<MigrationReport>, ProblemHttpResult>> ReportAsync(string name, MigrationReader migrations, MigrationOffers offers, HttpContext http)
    {
        var found = await migrations.FindAsync(name, http.RequestAborted, http);
        if (found.Problem is { } problem) return problem;
        return TypedResults.Json(offers.Report(http, found.Migration!, await RecallMovesAsync(migrations, found.Migration!, http), await offers.TickAsync(http.RequestAborted)), DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<MigrationAnswer>, JsonHttpResult<MigrationDryRun>, ProblemHttpResult>> PutAsync(
        string name, bool? dryRun, MigrationReader migrations, MigrationPlanner planner, MigrationOffers offers, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if ((await RequestBody<MigrationDefinition>.ReadAsync(http)).IsBad(out var bad, out var definition)) return bad;
        if (!Migration.IsName(name)) return ApiProblem.BadName("migration", Migration.NameRule);
        if (definition.FindProblems() is { Count: > 0 } problems) return ApiProblem.Impossible(problems.GroupBy(p => p.Pointer).ToDictionary(p => p.Key, p => string.Join("; ", p.Select(x => x.Detail))));
        var found = await migrations.FindAsync(name, http.RequestAborted);
        if (found is { Problem: { } broken, Index: > 0 }) return broken;
        if (FindObstacle(http, found) is { } obstacle) return obstacle;
        var schedule = await planner.PlanAsync(name, definition, http.RequestAborted);
        var changes = found.Migration is not { } stored || DocumentJson.Write(stored.Definition) != DocumentJson.Write(definition);
        if (dryRun == true) return TypedResults.Json(new MigrationDryRun(definition, changes, schedule), DocumentJson.Options);
        if (schedule.Refusals.Where(r => !IsPassing(r.Key)).ToDictionary() is { Count: > 0 } refused) return ApiProblem.Impossible(refused);
        if (!changes) return await AnswerAsync(http, found.Migration!, found.Index, [], offers);
        var note = requests.Note(http, definition.Reason);
        var next = new Migration { Name = name, Definition = definition, Phase = MigrationPhase.Draft, By = note.By, At = note.At };
        if (DocumentJson.Write(next).Length > DocumentJson.MaxBytes) return ApiProblem.Impossible("", $"it has more than {DocumentJson.MaxBytes / 1024} KiB: choose applications by labels, owners or criticality instead of by name");
        return await writer.CommitAsync(MigrationChanges.Store(found.Migration, found.Index, next, note), http.RequestAborted) is CommitResult.Committed committed
            ? await AnswerAsync(http, next, committed.Index, [], offers, found.Index == 0 ? 201 : 200)
            : ApiProblem.Conflict($"migration \"{name}\" was changed by somebody else at the same moment; nothing was written, try again");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string name, MigrationReader migrations, TrafficWriter writer, Requests requests, HttpContext http)
    {
        var found = await migrations.FindAsync(name, http.RequestAborted);
        if (found.Problem is { } problem) return problem;
        if (MigrationOffers.FindKept(found.Migration!) is { } kept) return ApiProblem.Conflict(kept);
        if (ApiProblem.FindNewer(found.Migration, "migration") is { } newer) return newer;
        // The moves first, and what was counted of probes: whoever dies in between leaves a migration that can be deleted again, and the next one of its name begins with nothing.
        foreach (var removals in (await migrations.RemovalsAsync(name, http.RequestAborted)).Chunk(RemovalsAtOnce))
            if (await writer.CommitAsync(ChangeSet.Empty.With([new Change.Unchanged(Keys.Migration(name), found.Index), .. removals]), http.RequestAborted) is not CommitResult.Committed) return Lost(name);
        return await writer.CommitAsync(MigrationChanges.Forget(found.Migration!, found.Index, requests.Note(http, null)), http.RequestAborted) is CommitResult.Committed
            ? TypedResults.NoContent() : Lost(name);
    }

    private static ProblemHttpResult? FindObstacle(HttpContext http, FoundMigration found)
    {
        if (!RequestQuery.TryReadIfMatch(http, out var expected)) return ApiProblem.Of(400, "bad-if-match", "If-Match cannot be read", "If-Match takes the ETag of the migration, like \"123\", or *");
        if (expected is { } version && version != found.Index) return ApiProblem.Stale(version, found.Index, found.Migration);
        if (found.Migration is not { } stored) return null;
        if (ApiProblem.FindNewer(stored, "migration") is { } newer) return newer;
        if (MigrationOffers.FindKept(stored) is { } kept) return ApiProblem.Conflict(kept);
        return stored.Phase == MigrationPhase.Draft ? null : ApiProblem.Conflict("it has ended: its report stays as it is; store the next one under another name");
    }

    /// <summary>What may have passed until the start: locks, rollouts, other campaigns. What a wave selects must be right at once.</summary>
    private static bool IsPassing(string pointer) => pointer.StartsWith("/waves/", StringComparison.Ordinal) && pointer.Count(c => c == '/') == 2;

    private static async Task<IReadOnlyList<Move>> RecallMovesAsync(MigrationReader migrations, Migration migration, HttpContext http) =>
        migration.Phase == MigrationPhase.Draft ? [] : [.. (await migrations.MovesAsync(migration.Name, http.RequestAborted, http)).Select(m => m.Move)];

    private static ProblemHttpResult Lost(string name) => ApiProblem.Conflict($"migration \"{name}\" was changed by somebody else at the same moment; try again");
}
