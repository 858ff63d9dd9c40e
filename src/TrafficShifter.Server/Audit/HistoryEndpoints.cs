using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Audit;

/// <summary>Who changed what, from where, why, and what came of it.</summary>
internal static class HistoryEndpoints
{
    private const int Most = 1000;
    private const int Usual = 50;
    private const string Lines = "application/x-ndjson";

    public static void MapHistory(this IEndpointRouteBuilder api) =>
        api.MapGet("/history", ListAsync).WithName("ListHistory").Does(Verbs.View)
            .WithSummary("Who changed what, from where, why; newest first. ?app=, by=, kind=, from=, to=, outcome=; ?limit= and ?after= for pages (header Link); with Accept: application/x-ndjson all that matches, a line each")
            .Produces<IReadOnlyList<HistoryEntry>>();

    private static async Task<Results<JsonHttpResult<IReadOnlyList<HistoryEntry>>, EmptyHttpResult, ProblemHttpResult>> ListAsync(
        string? app, string? by, string? kind, string? from, string? to, string? outcome, int? limit, string? after, HistoryReader history, Visible visible, HttpContext http)
    {
        if (limit is < 1 or > Most) return ApiProblem.BadQuery("limit", $"a number from 1 to {Most}");
        if (app is not null && AppName.FindProblem(app) is { } bad) return ApiProblem.BadName("application", bad);
        if (!TryReadTime(from, out var first)) return ApiProblem.BadQuery("from", "a time like 2026-11-21T16:00:00Z");
        if (!TryReadTime(to, out var last)) return ApiProblem.BadQuery("to", "a time like 2026-11-21T16:00:00Z");
        if (!TryReadOutcome(outcome, out var wanted)) return ApiProblem.BadQuery("outcome", "done, held or ignored");
        var place = after is null ? null : HistoryPlace.Find(after);
        if (after is not null && place is null) return ApiProblem.BadQuery("after", "what the header Link of the page before has");
        if (app is not null && !visible.To(http, AppName.Parse(app))) return ApiProblem.Of(403, "forbidden", "Not permitted", Caller.Of(http).Refuse(Verbs.View, AppName.Parse(app), []));

        var filter = new HistoryFilter(app is null ? null : AppName.Parse(app), by, kind, first, last, wanted);
        if (http.Request.Headers.Accept.ToString().Contains(Lines, StringComparison.OrdinalIgnoreCase)) return await WriteLinesAsync(history, filter, visible, http);
        var (page, more) = await history.ReadPageAsync(filter, place, limit ?? Usual, about => visible.To(http, about), http.RequestAborted);
        if (more) http.Response.Headers.Link = $"<{Next(http, page[^1].Place)}>; rel=\"next\"";
        return TypedResults.Json<IReadOnlyList<HistoryEntry>>([.. page.Select(p => p.Entry)], DocumentJson.Options);
    }

    /// <summary>Written as it is read: the size of an export does not matter to the server.</summary>
    private static async Task<EmptyHttpResult> WriteLinesAsync(HistoryReader history, HistoryFilter filter, Visible visible, HttpContext http)
    {
        http.Response.ContentType = Lines;
        http.Response.Headers.ContentDisposition = "attachment; filename=\"history.jsonl\"";
        await foreach (var placed in history.ReadAllAsync(filter, about => visible.To(http, about), http.RequestAborted))
            await http.Response.WriteAsync(DocumentJson.Write(placed.Entry) + "\n", http.RequestAborted);
        return TypedResults.Empty;
    }

    private static string Next(HttpContext http, HistoryPlace last) =>
        http.Request.Path + QueryString.Create(http.Request.Query.Where(q => q.Key != "after").Append(new("after", last.ToString())));

    private static bool TryReadTime(string? text, out DateTimeOffset? time)
    {
        time = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read) ? read : null;
        return text is null || time is not null;
    }

    private static bool TryReadOutcome(string? text, out ChangeOutcome? outcome)
    {
        outcome = text switch { "done" => ChangeOutcome.Done, "held" => ChangeOutcome.Held, "ignored" => ChangeOutcome.Ignored, _ => null };
        return text is null || outcome is not null;
    }
}
