using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Claims;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Egress;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Evacuations;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Migrations;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Targets;

namespace TrafficShifter.Server.Traffic;

/// <summary>Registering applications.</summary>
internal static class AppEndpoints
{
    private const int Attempts = 3;

    public static void MapApps(this IEndpointRouteBuilder api)
    {
        api.MapGet("/apps", ListAsync).WithName("ListApps").Does(Verbs.View).WithSummary("All applications that one may see").Produces<IReadOnlyList<AppAnswer>>();
        api.MapGet("/apps/{app}", GetAsync).WithName("GetApp").Does(Verbs.View).WithSummary("One application's definition; the ETag is its version").Produces<AppAnswer>();
        api.MapPut("/apps/{app}", PutAsync).WithName("PutApp").Does(Verbs.Define).WithSummary("Create or replace an application; ?stable=green says where a new one begins (default blue)")
            .Takes<AppDefinition>().Produces<AppAnswer>().Produces<AppAnswer>(201);
        api.MapDelete("/apps/{app}", DeleteAsync).WithName("DeleteApp").Does(Verbs.Delete).WithSummary("Forget an application; HAProxy keeps the weights that it has").Produces(204);
    }

    public static ProblemHttpResult NoSuchApp(AppName app) =>
        ApiProblem.NotFound("application", $"there is no application \"{app}\"; PUT /api/v1/apps/{app} registers it");

    private static async Task<JsonHttpResult<IReadOnlyList<AppAnswer>>> ListAsync(ITrafficStore store, TrafficFollower follower, Visible visible, Offers offers, HttpContext http)
    {
        IEnumerable<AppDefinition?> all;
        try
        {
            all = await ReadAllAsync(store, http.RequestAborted);
        }
        catch (StoreException) when (follower.Age is not null)
        {
            TrafficReader.NoteAge(http, follower.Age);
            all = [.. follower.Current.Apps.Values.OrderBy(a => a.Name.Value, StringComparer.Ordinal).Select(a => a.Definition.Value)];
        }
        var (known, standstill) = (follower.Current, await offers.FindStandstillAsync(http.RequestAborted));
        return TypedResults.Json<IReadOnlyList<AppAnswer>>(
            [.. all.OfType<AppDefinition>().Where(d => !d.Deleted && visible.To(http, d.Name)).Select(d => AppAnswer.Of(d, offers.OfApp(http, known.Find(d.Name) with { Definition = Known<AppDefinition>.Nothing with { Value = d } }, known.Fleet, standstill)))],
            DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<AppAnswer>, ProblemHttpResult>> GetAsync(AppName app, TrafficReader reader, Offers offers, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return NoSuchApp(app);
        TrafficReader.NoteAge(http, reading.Age);
        return Answer(http, AppAnswer.Of(reading.App.Definition.Value!, await offers.OfAppAsync(http, reading)), reading.App.Definition.ModifyIndex, 200);
    }

    private static async Task<Results<JsonHttpResult<AppAnswer>, ProblemHttpResult>> PutAsync(
        AppName app, string? stable, bool? force, string? reason, TrafficReader reader, ClaimReader claims, TargetDocuments targets, PlanCatalog plans, TakingOut taking, TrafficWriter writer, Fleet fleet, Prober prober, EgressPolicy egress, Requests requests, Offers offers, HttpContext http)
    {
        if (stable is not null && RequestQuery.FindColour(stable) is null) return ApiProblem.BadQuery("stable", "blue or green");
        if (requests.FindReasonProblem(reason) is { } tooLong) return tooLong;
        if ((await ReadDefinitionAsync(http, app)).IsBad(out var bad, out var definition)) return bad;
        if (FindProblem(definition) is { } problem) return ApiProblem.ImpossibleDocument(problem);
        // Nobody gives an application away, or takes one on, that they then may not define.
        if (FindForbidden(http, Verbs.Define, app, definition) is { } forbidden) return forbidden;
        definition = definition with { Routing = definition.Routing.WithDefaults() };
        if (definition.Preflight is { } preflight && prober.FindRefusals(definition, preflight) is { Count: > 0 } refusals) return ApiProblem.Impossible(refusals.ToDictionary(r => $"/preflight{r.Pointer}", r => r.Detail));
        if (definition.Leaving?.Hook is { } leaving && egress.FindProblem(leaving.Url) is { } closed) return ApiProblem.Impossible("/leaving/hook/url", closed);
        if (await RoutingCheck.FindProblemAsync(definition.Routing, fleet, http.RequestAborted) is { } nodeProblem) return nodeProblem;

        for (var attempt = 1; ; attempt++)
        {
            var reading = await reader.ReadWithTargetsAsync(app, http.RequestAborted);
            if (FindObstacle(http, reading.App, definition) is { } obstacle) return obstacle;
            var (plan, noPlan) = await plans.RequireAsync(definition.Plan, http.RequestAborted);
            if (noPlan is not null) return noPlan;
            var before = reading.App.Exists ? reading.App.Definition.Value : null;
            if (FindForbidden(http, Verbs.Define, app, before) is { } others) return others;
            var next = before is null ? definition : definition.Keeping(before);
            // The same definition once more changes nothing: what is applied again and again need not fail.
            if (before is not null && DocumentJson.Write(next) != DocumentJson.Write(before) && TakingOut.FindHolding(http, app, reading.App.State.Value, force == true, reason) is { } held) return held;
            var (colour, required, refused) = before is null ? await taking.BeginAsync(http, stable is null ? null : RequestQuery.FindColour(stable), force == true, reason) : (default, [], null);
            if (refused is not null) return refused;
            var claimed = await claims.PlanAsync(app, before, next, http.RequestAborted);
            if (FindProblem(claimed) is { } taken) return taken;
            var note = requests.Note(http, reason);
            var kept = await targets.KeepAsync(reading.App, (before is null ? null : reading.App.Targets.Value) ?? TargetRules.None, note, http.RequestAborted);
            var changes = TrafficChanges.Save(reading.App, next, colour, note, reading.Fleet).With(ChangesOf(claimed)).With(kept).With(plan).With(required).UnlessRolledBackSince(reading.Fleet);
            var result = await writer.CommitAsync(changes, http.RequestAborted);
            if (result is CommitResult.Committed committed) return Answer(http, AppAnswer.Of(next, await offers.OfAppAsync(http, await reader.ReadOrRecallAsync(app, http.RequestAborted))), committed.Index, before is null ? 201 : 200);
            if (attempt == Attempts || !IsOfClaims(app, result)) return ChangedMeanwhile(app);
        }
    }

    /// <summary>The store's word on whose it is: what was known when the call came in may be older.</summary>
    private static ProblemHttpResult? FindForbidden(HttpContext http, Verb verb, AppName app, AppDefinition? definition) =>
        definition is not null && Caller.Of(http) is var who && !who.Permits(verb, app, definition.Owners) ? ApiProblem.Of(403, "forbidden", "Not permitted", who.Refuse(verb, app, definition.Owners)) : null;

    private static ProblemHttpResult? FindObstacle(HttpContext http, AppTraffic app, AppDefinition next)
    {
        var current = app.Definition;
        if (!RequestQuery.TryReadIfMatch(http, out var expected)) return ApiProblem.Of(400, "bad-if-match", "If-Match cannot be read", "If-Match takes the ETag of the definition, like \"123\", or *");
        if (expected is { } version && version != current.LatestIndex) return ApiProblem.Stale(version, current.LatestIndex, current.Value);
        if (ApiProblem.FindNewer(current.Value, "definition") is { } newer) return newer;
        if (app is { Exists: true, Targets.Value: { IsEmpty: false } rules } && FindRuleProblem(rules, next) is { } ruled) return ApiProblem.Conflict(ruled);
        return app is { Exists: true, State.Value.Rollout: { } rollout } && !SameRouting(current.Value!.Routing, next.Routing)
            ? ApiProblem.Conflict($"rollout {rollout} is running over the routing that this would replace; abort it first", current.Value)
            : null;
    }

    private static string? FindRuleProblem(TargetRules rules, AppDefinition next) => next.Routing.Kind == RoutingKind.Weights
        ? $"\"{next.Name}\" has target rules ({rules.Describe()}), which `weights` routing cannot apply; DELETE /api/v1/apps/{next.Name}/targets first"
        : rules.FindUnknownGroup(next.Groups) is { } unknown ? $"the target rules would not fit the definition: {unknown}" : null;

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        AppName app, bool? force, string? reason, TrafficReader reader, ClaimReader claims, TargetDocuments targets, TrafficWriter writer, Requests requests, HttpContext http)
    {
        if (requests.FindReasonProblem(reason) is { } tooLong) return tooLong;
        for (var attempt = 1; ; attempt++)
        {
            var reading = await reader.ReadWithTargetsAsync(app, http.RequestAborted);
            if (!reading.App.Exists) return NoSuchApp(app);
            var definition = reading.App.Definition.Value!;
            if (FindForbidden(http, Verbs.Delete, app, definition) is { } forbidden) return forbidden;
            if (ApiProblem.FindNewer(definition, "definition") is { } newer) return newer;
            if (reading.App.State.Value?.Rollout is { } rollout) return ApiProblem.Conflict($"rollout {rollout} is running; abort it first");
            if (TakingOut.FindHolding(http, app, reading.App.State.Value, force == true, reason) is { } held) return held;
            var freed = await claims.PlanAsync(app, definition, null, http.RequestAborted);
            var note = requests.Note(http, reason);
            var emptied = await targets.KeepAsync(reading.App, TargetRules.None, note, http.RequestAborted);
            var result = await writer.CommitAsync(TrafficChanges.Delete(reading.App, definition, note).With(ChangesOf(freed)).With(emptied), http.RequestAborted);
            if (result is CommitResult.Committed) return TypedResults.NoContent();
            if (attempt == Attempts || !IsOfClaims(app, result)) return ChangedMeanwhile(app);
        }
    }

    private static ProblemHttpResult? FindProblem(ClaimOutcome claimed) => claimed switch
    {
        ClaimOutcome.Taken taken => ApiProblem.Conflict(taken.Sentence, taken.By),
        ClaimOutcome.TooMany many => ApiProblem.Impossible("/hosts", many.Sentence),
        _ => null,
    };

    private static Change[] ChangesOf(ClaimOutcome claimed) => claimed is ClaimOutcome.Granted granted ? [.. granted.Changes] : [];

    /// <summary>Lost to somebody who wants the same hosts or servers: the next attempt says to whom.</summary>
    private static bool IsOfClaims(AppName app, CommitResult result) => result is CommitResult.Conflict conflict && !conflict.Keys.Contains(Keys.App(app)) && !conflict.Keys.Any(k => k.StartsWith(Keys.Plans, StringComparison.Ordinal));

    private static ProblemHttpResult ChangedMeanwhile(AppName app) =>
        ApiProblem.Conflict($"\"{app}\" was changed by somebody else at the same moment; nothing was written, try again");

    private static async Task<IEnumerable<AppDefinition>> ReadAllAsync(ITrafficStore store, CancellationToken cancellationToken) =>
        (await store.ListAsync(Keys.Apps, cancellationToken)).Entries.Select(e => Reading.Of<AppDefinition>(e).Find()).OfType<AppDefinition>();

    /// <summary>The body with the name of the path, which it may leave out and must not contradict.</summary>
    private static async Task<RequestBody<AppDefinition>> ReadDefinitionAsync(HttpContext http, AppName app)
    {
        var body = await RequestBody<Dictionary<string, JsonElement>>.ReadAsync(http);
        if (body.IsBad(out var problem, out var json)) return RequestBody<AppDefinition>.Refuse(problem);
        if (json.TryGetValue("name", out var name) && (name.ValueKind != JsonValueKind.String || name.GetString() != app.Value))
            return RequestBody<AppDefinition>.Refuse(ApiProblem.Malformed("/name", $"the path names \"{app}\", the body names {name.GetRawText()}"));
        foreach (var field in AppAnswer.OnlyInAnswers) json.Remove(field);
        json["name"] = JsonSerializer.SerializeToElement(app, DocumentJson.Options);
        return RequestBody<AppDefinition>.Parse(DocumentJson.Write(json));
    }

    private static string? FindProblem(AppDefinition definition) => definition switch
    {
        { Schema: not Document.SupportedSchema } => $"schema: this version writes schema {Document.SupportedSchema}, not {definition.Schema}",
        { Deleted: true } or { DeletedAt: not null } => "deleted: an application is deleted with DELETE",
        _ => definition.FindProblem(),
    };

    private static bool SameRouting(Routing a, Routing b) => JsonSerializer.Serialize(a, DocumentJson.Options) == JsonSerializer.Serialize(b, DocumentJson.Options);

    private static JsonHttpResult<AppAnswer> Answer(HttpContext http, AppAnswer definition, ulong version, int status)
    {
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
        return TypedResults.Json(definition, DocumentJson.Options, statusCode: status);
    }
}
