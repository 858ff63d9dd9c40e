using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Overview;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Dashboard;

/// <summary>All applications at a glance, of those that whoever asks may see.</summary>
/// <param name="Index">Everything up to this index is in it.</param>
/// <param name="Nodes">How many nodes there are.</param>
/// <param name="Live">How many of them give signs of life.</param>
/// <param name="Problem">Why the store cannot be followed now: then this is what was last known.</param>
public sealed record FleetAnswer(ulong Index, int Nodes, int Live, string? Problem, IReadOnlyList<FleetRow> Rows);

internal static class FleetEndpoints
{
    /// <summary>Most applications that can be asked for by name: then all of them cost less.</summary>
    private const int MostNamed = 100;

    public static void MapFleet(this IEndpointRouteBuilder api) =>
        api.MapGet("/fleet", GetAsync).WithName("GetFleet").Does(Verbs.View).WithSummary("All applications at a glance, one row each; ?app=shop&app=cart gives those, ?index=123 waits for that change to be known; the ETag is the answer's version").Produces<FleetAnswer>().Produces(304);

    private static async Task<Results<EmptyHttpResult, StatusCodeHttpResult, ProblemHttpResult>> GetAsync(string[] app, ulong? index, FleetReader reader, TrafficFollower follower, Visible visible, HttpContext http)
    {
        if (app.Length > MostNamed) return ApiProblem.BadQuery("app", $"up to {MostNamed} names; without it all applications are answered");
        if (app.FirstOrDefault(a => AppName.FindProblem(a) is not null) is { } bad) return ApiProblem.BadName("application", AppName.FindProblem(bad)!);
        var rows = await reader.ReadAsync(app.Length == 0 ? null : [.. app.Select(a => AppName.Parse(a))], index ?? 0, http.RequestAborted);
        var nodes = await reader.ReadNodesAsync(http.RequestAborted);
        if (follower.Problem is not null) TrafficReader.NoteAge(http, follower.Age);
        return await WriteAsync(http, new FleetAnswer(follower.Current.Index, nodes.Registered, nodes.Live.Count, follower.Problem, [.. rows.Where(r => visible.To(http, r.App))]));
    }

    /// <remarks>Compressed here and nowhere else: of thousands of rows a twentieth is left, and what is in them nobody who sends a request has a secret in.</remarks>
    private static async Task<Results<EmptyHttpResult, StatusCodeHttpResult, ProblemHttpResult>> WriteAsync(HttpContext http, FleetAnswer answer)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, DocumentJson.Options);
        var version = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\"";
        http.Response.Headers.ETag = version;
        http.Response.Headers.Vary = "Accept-Encoding";
        if (http.Request.Headers.IfNoneMatch.ToString() == version) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        http.Response.ContentType = "application/json; charset=utf-8";
        if (!http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
            return TypedResults.Empty;
        }
        http.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync(body, http.RequestAborted);
        return TypedResults.Empty;
    }
}
