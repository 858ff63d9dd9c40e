using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Traffic;

internal static class SnippetEndpoints
{
    public static void MapSnippets(this IEndpointRouteBuilder api) =>
        api.MapGet("/apps/{app}/haproxy", WriteAsync).WithName("GetSnippet").Does(Verbs.View).WithSummary("The lines of haproxy.cfg for this application, as text").Produces<string>(200, "text/plain");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> WriteAsync(AppName app, TrafficReader reader, Fleet fleet, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        TrafficReader.NoteAge(http, reading.Age);
        var definition = reading.App.Definition.Value!;
        var routing = definition.Routing;
        var answers = await Task.WhenAll(routing.Backends.Select(backend => fleet.FindBackendAsync(backend, withPersistence: false, http.RequestAborted)));
        // The first node that has most of them: a pool may be half there.
        var node = answers.SelectMany(a => a).Where(a => a.Servers is { Count: > 0 }).GroupBy(a => a.Node).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault()?.Key;
        var backends = routing.Backends.Zip(answers).Where(b => b.Second.Any(a => a.Node == node && a.Servers is { Count: > 0 }))
            .ToDictionary(b => b.First, b => b.Second.Single(a => a.Node == node).Servers!);
        return TypedResults.Text(Snippet.Write(definition, reading.App.State.Value!.Stable, node, backends), "text/plain");
    }
}
