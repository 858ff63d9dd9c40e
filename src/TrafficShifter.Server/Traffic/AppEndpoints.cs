using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Traffic;

/// <summary>Registering applications.</summary>
internal static class AppEndpoints
{
    public static void MapApps(this IEndpointRouteBuilder api)
    {
        api.MapGet("/apps", ListAsync).WithName("ListApps").WithSummary("All applications").Produces<IReadOnlyList<AppDefinition>>();
        api.MapGet("/apps/{app}", GetAsync).WithName("GetApp").WithSummary("One application's definition; the ETag is its version").Produces<AppDefinition>();
        api.MapPut("/apps/{app}", PutAsync).WithName("PutApp").WithSummary("Create or replace an application; ?stable=green says where a new one begins (default blue)")
            .Takes<AppDefinition>().Produces<AppDefinition>().Produces<AppDefinition>(201);
        api.MapDelete("/apps/{app}", DeleteAsync).WithName("DeleteApp").WithSummary("Forget an application; HAProxy keeps the weights that it has").Produces(204);
    }

    public static ProblemHttpResult NoSuchApp(AppName app) =>
        ApiProblem.NotFound("application", $"there is no application \"{app}\"; PUT /api/v1/apps/{app} registers it");

    private static async Task<JsonHttpResult<IReadOnlyList<AppDefinition>>> ListAsync(ITrafficStore store, TrafficFollower follower, HttpContext http)
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
        return TypedResults.Json<IReadOnlyList<AppDefinition>>([.. all.OfType<AppDefinition>().Where(d => !d.Deleted)], DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<AppDefinition>, ProblemHttpResult>> GetAsync(AppName app, TrafficReader reader, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return NoSuchApp(app);
        TrafficReader.NoteAge(http, reading.Age);
        return Answer(http, reading.App.Definition.Value!, reading.App.Definition.ModifyIndex, 200);
    }

    private static async Task<Results<JsonHttpResult<AppDefinition>, ProblemHttpResult>> PutAsync(
        AppName app, string? stable, ITrafficStore store, TrafficReader reader, TrafficWriter writer, Fleet fleet, Requests requests, HttpContext http)
    {
        if (!TryReadColour(stable, out var colour)) return ApiProblem.BadQuery("stable", "blue or green");
        if ((await ReadDefinitionAsync(http, app)).IsBad(out var bad, out var definition)) return bad;
        if (FindProblem(definition) is { } problem) return ApiProblem.ImpossibleDocument(problem);
        definition = definition with { Routing = definition.Routing.WithDefaults() };
        var (nodeProblem, nodes) = await RoutingCheck.FindProblemAsync(definition.Routing, fleet, http.RequestAborted);
        if (nodeProblem is not null) return nodeProblem;
        if (RoutingCheck.FindRival(definition, await ReadAllAsync(store, http.RequestAborted), nodes) is { } rival) return rival;

        var reading = await reader.ReadAsync(app, http.RequestAborted);
        var current = reading.App.Definition;
        if (!RequestQuery.TryReadIfMatch(http, out var expected)) return ApiProblem.Of(400, "bad-if-match", "If-Match cannot be read", "If-Match takes the ETag of the definition, like \"123\", or *");
        if (expected is { } version && version != current.LatestIndex) return ApiProblem.Stale(version, current.LatestIndex, current.Value);
        if (ApiProblem.FindNewer(current.Value, "definition") is { } newer) return newer;
        if (reading.App is { Exists: true, State.Value.Rollout: { } rollout } && !SameRouting(current.Value!.Routing, definition.Routing))
            return ApiProblem.Conflict($"rollout {rollout} is running over the routing that this would replace; abort it first", current.Value);

        var created = !reading.App.Exists;
        if (!created) definition = definition.Keeping(current.Value!);
        var result = await writer.CommitAsync(TrafficChanges.Save(reading.App, definition, colour, requests.Note(http, null)).UnlessRolledBackSince(reading.Fleet), http.RequestAborted);
        return result is CommitResult.Committed committed
            ? Answer(http, definition, committed.Index, created ? 201 : 200)
            : ApiProblem.Conflict($"\"{app}\" was changed by somebody else at the same moment; nothing was written, try again");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(AppName app, TrafficReader reader, TrafficWriter writer, Requests requests, HttpContext http)
    {
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return NoSuchApp(app);
        if (ApiProblem.FindNewer(reading.App.Definition.Value, "definition") is { } newer) return newer;
        if (reading.App.State.Value?.Rollout is { } rollout) return ApiProblem.Conflict($"rollout {rollout} is running; abort it first");
        var result = await writer.CommitAsync(TrafficChanges.Delete(reading.App, reading.App.Definition.Value!, requests.Note(http, null)), http.RequestAborted);
        return result is CommitResult.Committed
            ? TypedResults.NoContent()
            : ApiProblem.Conflict($"\"{app}\" was changed by somebody else at the same moment; nothing was written, try again");
    }

    private static async Task<IEnumerable<AppDefinition>> ReadAllAsync(ITrafficStore store, CancellationToken cancellationToken) =>
        (await store.ListAsync(Keys.Apps, cancellationToken)).Entries.Select(e => Reading.Of<AppDefinition>(e).Find()).OfType<AppDefinition>();

    /// <summary>The body with the name of the path, which it may leave out and must not contradict.</summary>
    private static async Task<RequestBody<AppDefinition>> ReadDefinitionAsync(HttpContext http, AppName app)
    {
        var body = await RequestBody<Dictionary<string, JsonElement>>.ReadAsync(http);
        if (body.IsBad(out var problem, out var json)) return RequestBody<AppDefinition>.Refuse(problem);
        if (json.TryGetValue("name", out var name) && (name.ValueKind != JsonValueKind.String || name.GetString() != app.Value))
            return RequestBody<AppDefinition>.Refuse(ApiProblem.Malformed("/name", $"the path names \"{app}\", the body names {name.GetRawText()}"));
        json["name"] = JsonSerializer.SerializeToElement(app, DocumentJson.Options);
        return RequestBody<AppDefinition>.Parse(DocumentJson.Write(json));
    }

    private static string? FindProblem(AppDefinition definition) => definition switch
    {
        { Schema: not Document.SupportedSchema } => $"schema: this version writes schema {Document.SupportedSchema}, not {definition.Schema}",
        { Deleted: true } or { DeletedAt: not null } => "deleted: an application is deleted with DELETE",
        _ => definition.FindProblem(),
    };

    private static bool TryReadColour(string? text, out Colour colour)
    {
        colour = text == "green" ? Colour.Green : Colour.Blue;
        return text is null or "blue" or "green";
    }

    private static bool SameRouting(Routing a, Routing b) => JsonSerializer.Serialize(a, DocumentJson.Options) == JsonSerializer.Serialize(b, DocumentJson.Options);

    private static JsonHttpResult<AppDefinition> Answer(HttpContext http, AppDefinition definition, ulong version, int status)
    {
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
        return TypedResults.Json(definition, DocumentJson.Options, statusCode: status);
    }
}
