using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>What a migration asks of its applications before they move, and what probes found while it held them.</summary>
internal static class CampaignParityEndpoints
{
    private const int Most = 500;
    private const int Usual = 100;

    public static void MapCampaignParity(this IEndpointRouteBuilder api)
    {
        api.MapGet("/migrations/{name}/parity", GetParityAsync).WithName("GetMigrationParity").Does(Verbs.View)
            .WithSummary("Which applications of a migration are ready to move by its preflight and their own, which are not, and why; asked now. ?limit= and ?after= for pages (header Link)")
            .Produces<ParityPage>();
        api.MapGet("/migrations/{name}/probes", GetProbesAsync).WithName("GetMigrationProbes").Does(Verbs.View)
            .WithSummary("What both colours of a migration's applications answered while it held them; ?failed=true for those that ever failed; ?limit= and ?after= for pages (header Link)")
            .Produces<ProbePage>();
    }

    private static async Task<Results<JsonHttpResult<ParityPage>, ProblemHttpResult>> GetParityAsync(
        string name, int? limit, string? after, ITrafficStore store, TrafficFollower follower, ParityReader parity, Visible visible, HttpContext http)
    {
        if (FindProblem(name, limit, after) is { } bad) return bad;
        if (await FindAsync(store, name, http.RequestAborted) is not { } migration) return NoSuchMigration(name);
        var question = await AskAsync(migration, store, follower, http.RequestAborted);
        var page = await parity.ReadAsync(question, after, limit ?? Usual, app => visible.To(http, app), http.RequestAborted);
        ParityEndpoints.NoteNext(http, page.Next);
        return TypedResults.Json(page, DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<ProbePage>, ProblemHttpResult>> GetProbesAsync(
        string name, bool? failed, int? limit, string? after, ITrafficStore store, Visible visible, HttpContext http)
    {
        if (FindProblem(name, limit, after) is { } bad) return bad;
        if (await FindAsync(store, name, http.RequestAborted) is null) return NoSuchMigration(name);
        var all = (await store.ListAsync(Keys.ProbesOf(name), http.RequestAborted)).Entries.Select(e => Reading.Of<ProbeTally>(e).Find()).OfType<ProbeTally>().Where(t => visible.To(http, t.App)).ToList();
        var page = ProbePage.Of(all, failed == true, after, limit ?? Usual);
        ParityEndpoints.NoteNext(http, page.Next);
        return TypedResults.Json(page, DocumentJson.Options);
    }

    /// <summary>The applications that it holds or held, each with the colour that it moves to; before its start those that its waves match now.</summary>
    private static async Task<ParityQuestion> AskAsync(Migration migration, ITrafficStore store, TrafficFollower follower, CancellationToken cancellationToken)
    {
        var moves = (await store.ListAsync(Keys.MovesOf(migration.Name), cancellationToken)).Entries.Select(e => Reading.Of<Move>(e).Find()).OfType<Move>().ToList();
        var targets = moves.Count > 0
            ? moves.ToDictionary(m => m.App, m => m.To)
            : Selection.Of(migration.Definition, follower.Current.Apps.Values).Waves.SelectMany(w => w).DistinctBy(a => a.Name).ToDictionary(a => a.Name, a => migration.Definition.TargetOf(a.State.Value!));
        return new ParityQuestion(app => targets.TryGetValue(app.Name, out var to) ? to : null, migration.Definition.Preflight);
    }

    private static async Task<Migration?> FindAsync(ITrafficStore store, string name, CancellationToken cancellationToken) =>
        await store.FindAsync(Keys.Migration(name), cancellationToken) is { } entry ? Reading.Of<Migration>(entry).Find() : null;

    private static ProblemHttpResult? FindProblem(string name, int? limit, string? after) =>
        !Migration.IsName(name) ? ApiProblem.BadName("migration", Migration.NameRule)
        : limit is < 1 or > Most ? ApiProblem.BadQuery("limit", $"a number from 1 to {Most}")
        : after is not null && AppName.FindProblem(after) is { } bad ? ApiProblem.BadName("application", bad)
        : null;

    private static ProblemHttpResult NoSuchMigration(string name) => ApiProblem.NotFound("migration", $"there is no migration \"{name}\"");
}
