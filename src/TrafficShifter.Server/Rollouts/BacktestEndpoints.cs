using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What a backtest asks for.</summary>
public sealed record BacktestRequest : DocumentPart
{
    /// <summary>The plan itself, or the name of one; the application's own when absent. Only its checks matter.</summary>
    public JsonElement? Plan { get; init; }

    /// <summary>The first moment.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The last moment; up to 31 days later, not in the future.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>The colour whose past is asked; default the one that is not stable now.</summary>
    public Colour? Colour { get; init; }
}

/// <summary>What a plan's checks would have said over a stretch of the past.</summary>
/// <param name="Sentence">The first stop, or that there would have been none.</param>
public sealed record BacktestAnswer(string? Plan, Colour Colour, DateTimeOffset From, DateTimeOffset To, bool WouldHaveStopped, string Sentence, IReadOnlyList<CheckReplay> Checks, IReadOnlyList<string> Warnings);

/// <summary>Asks past data what a plan's checks would have done. Nothing is written.</summary>
internal static class BacktestEndpoints
{
    public static void MapBacktest(this IEndpointRouteBuilder api) =>
        api.MapPost("/apps/{app}/backtest", BacktestAsync).WithName("Backtest").Does(Verbs.Backtest).WithSummary("What a plan's checks would have said over past data; nothing is written")
            .Takes<BacktestRequest>().Produces<BacktestAnswer>();

    private static async Task<Results<JsonHttpResult<BacktestAnswer>, ProblemHttpResult>> BacktestAsync(
        AppName app, TrafficReader reader, PlanCatalog plans, MetricsWatch metrics, TimeProvider time, HttpContext http)
    {
        if ((await RequestBody<BacktestRequest>.ReadAsync(http)).IsBad(out var bad, out var request)) return bad;
        if (FindProblem(request, time.GetUtcNow()) is { } problem) return problem;
        var reading = await reader.ReadAsync(app, http.RequestAborted);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        var definition = reading.App.Definition.Value!;
        var (plan, planProblem) = await plans.ChooseAsync(request.Plan, definition, http.RequestAborted);
        if (planProblem is not null) return planProblem;

        var colour = request.Colour ?? reading.App.State.Value!.Stable.Other();
        var replays = new List<CheckReplay>();
        foreach (var (check, index) in plan!.Checks.Select((c, i) => (c, i)))
        {
            var times = BacktestTimes.Of(check, plan.Checks.Count, request.From, request.To);
            var measured = await metrics.MeasurePastAsync(app, definition.Routing, colour, check, times, http.RequestAborted);
            if (measured.OfType<Measurement.Error>().FirstOrDefault(e => e.IsQueryFault) is { } fault) return ApiProblem.Impossible($"/plan/checks/{index}/query", fault.Sentence);
            replays.Add(CheckReplay.Of(check, times.Every, measured));
        }
        var stopped = replays.Any(r => r.Mode == CheckMode.Enforce && r.FirstStop is not null);
        var answer = new BacktestAnswer(plan.Name, colour, request.From, request.To, stopped, CheckReplay.Describe(replays), replays, [.. Warn(plan, replays)]);
        return TypedResults.Json(answer, DocumentJson.Options);
    }

    private static ProblemHttpResult? FindProblem(BacktestRequest request, DateTimeOffset now) =>
        request.To <= request.From ? ApiProblem.Impossible("/to", "is not after from")
        : request.To > now ? ApiProblem.Impossible("/to", "lies in the future: there is no data yet")
        : request.To - request.From > BacktestTimes.MaxLength ? ApiProblem.Impossible("/from", $"at most {Duration.Format(BacktestTimes.MaxLength)} at once")
        : null;

    private static IEnumerable<string> Warn(Plan plan, List<CheckReplay> replays)
    {
        foreach (var (replay, check) in replays.Zip(plan.Checks))
        {
            if (replay.Every > check.Interval) yield return $"{check.Name}: asked every {Duration.Format(replay.Every)}, not every {Duration.Format(check.Interval)}: a shorter stretch is asked more often";
            if (replay is { Passed: 0, Failed: 0 }) yield return $"{check.Name}: there was nothing to judge in all of the time";
            if (replay.Errors > 0) yield return $"{check.Name}: {replay.Errors} of {replay.Passed + replay.Failed + replay.Insufficient + replay.Errors} measurements could not be made";
        }
    }
}
