using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Migrations;

/// <summary>Which applications are ready to move to the other colour, which are not, and why.</summary>
internal static class ParityEndpoints
{
    private const int Most = 500;
    private const int Usual = 100;

    public static void MapParity(this IEndpointRouteBuilder api) =>
        api.MapGet("/parity", GetAsync).WithName("GetParity").Does(Verbs.View)
            .WithSummary("Which applications are ready to move to the other colour, which are not, and why; asked now. ?to=blue, green or other (default: each one's other colour); ?app=shop&app=cart for some; ?limit= and ?after= for pages (header Link)")
            .Produces<ParityPage>();

    private static async Task<Results<JsonHttpResult<ParityPage>, ProblemHttpResult>> GetAsync(string? to, string[] app, int? limit, string? after, ParityReader parity, Visible visible, HttpContext http)
    {
        if (limit is < 1 or > Most) return ApiProblem.BadQuery("limit", $"a number from 1 to {Most}");
        if (to is not (null or "other" or "blue" or "green")) return ApiProblem.BadQuery("to", "blue, green or other");
        if (app.Append(after).OfType<string>().FirstOrDefault(a => AppName.FindProblem(a) is not null) is { } bad) return ApiProblem.BadName("application", AppName.FindProblem(bad)!);
        var (names, colour) = (app.Select(a => AppName.Parse(a)).ToHashSet(), to switch { "blue" => Colour.Blue, "green" => Colour.Green, _ => (Colour?)null });
        var question = new ParityQuestion(a => names.Count == 0 || names.Contains(a.Name) ? colour ?? a.State.Value!.Stable.Other() : null, null);
        var page = await parity.ReadAsync(question, after, limit ?? Usual, a => visible.To(http, a), http.RequestAborted);
        NoteNext(http, page.Next);
        return TypedResults.Json(page, DocumentJson.Options);
    }

    /// <param name="after">The name after which the next page begins; null on the last one.</param>
    public static void NoteNext(HttpContext http, string? after)
    {
        if (after is not null) http.Response.Headers.Link = $"<{http.Request.Path + QueryString.Create(http.Request.Query.Where(q => q.Key != "after").Append(new("after", after)))}>; rel=\"next\"";
    }
}
