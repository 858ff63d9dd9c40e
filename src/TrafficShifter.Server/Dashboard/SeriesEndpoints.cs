using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Dashboard;

/// <summary>An application over time.</summary>
internal static class SeriesEndpoints
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LeastStep = TimeSpan.FromSeconds(5);
    private const int UsualPoints = 400;
    private const int MostPoints = 1000;

    public static void MapSeries(this IEndpointRouteBuilder api) =>
        api.MapGet("/apps/{app}/series", GetAsync).WithName("GetSeries").Does(Verbs.View)
            .WithSummary("An application over time: share, errors, latency and requests of each colour, and what was decided; ?last=30m or ?from= and ?to=, ?step=5s, ?quantile=99").Produces<SeriesAnswer>();

    private static async Task<Results<JsonHttpResult<SeriesAnswer>, ProblemHttpResult>> GetAsync(
        AppName app, string? from, string? to, string? last, string? step, int? quantile, TrafficReader reader, SeriesReader series, TimeProvider time, HttpContext http)
    {
        if (quantile is not (null or 50 or 90 or 99)) return ApiProblem.BadQuery("quantile", "50, 90 or 99");
        if (FindRange(from, to, last, step, time.GetUtcNow(), out var range) is { } bad) return bad;
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        TrafficReader.NoteAge(http, reading.Age);
        return TypedResults.Json(await series.ReadAsync(reading.App.Definition.Value!, range, quantile ?? 99, http.RequestAborted), DocumentJson.Options);
    }

    /// <summary>What is wrong with the range; null when nothing is.</summary>
    /// <remarks>Moments are whole steps since 1970, so that what was drawn stays where it is while time goes on.</remarks>
    private static ProblemHttpResult? FindRange(string? from, string? to, string? last, string? step, DateTimeOffset now, out SeriesRange range)
    {
        range = new SeriesRange(now, now, LeastStep);
        var end = now;
        if (to is not null && !TryRead(to, out end)) return ApiProblem.BadQuery("to", "a moment like 2026-11-21T16:04:40Z");
        var length = Usual;
        if (last is not null && !Duration.TryParse(last, out length)) return ApiProblem.BadQuery("last", "a duration like 30m");
        var begin = end - length;
        if (from is not null && !TryRead(from, out begin)) return ApiProblem.BadQuery("from", "a moment like 2026-11-21T15:34:40Z");
        var whole = end - begin;
        if (whole < Shortest || whole > Longest) return ApiProblem.BadQuery(from is null ? "last" : "from", $"{Duration.Format(Shortest)} to {Duration.Format(Longest)} before the end");
        var apart = TimeSpan.FromSeconds(Math.Max(LeastStep.TotalSeconds, Math.Ceiling(whole.TotalSeconds / UsualPoints)));
        if (step is not null && (!Duration.TryParse(step, out apart) || apart < TimeSpan.FromSeconds(1) || apart.Ticks % TimeSpan.TicksPerSecond != 0 || whole / apart > MostPoints))
            return ApiProblem.BadQuery("step", $"whole seconds, and at most {MostPoints} of them in the range");
        range = new SeriesRange(Floor(begin, apart) + apart, Floor(end, apart), apart);
        return null;
    }

    private static DateTimeOffset Floor(DateTimeOffset at, TimeSpan step)
    {
        var seconds = (long)step.TotalSeconds;
        return DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds() / seconds * seconds);
    }

    private static bool TryRead(string text, out DateTimeOffset at) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at);
}
