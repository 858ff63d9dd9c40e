using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>Counts of one rollout's sides by the two queries of its plan, in the same tiles as the agents'.</summary>
/// <remarks>What belongs together is asked at the same time: a slow source delays a turn by one time-out, not by one for each query.</remarks>
public sealed class QueryCounts(IMetricSource metrics, MetricsWatch watch, JudgeOptions options)
{
    private const string Unseen = "the judge's query for bad has never returned a value, for neither side: check its names, or let it return 0 with `or vector(0)`";
    private readonly TileTimes _times = new(options.Tick, options.Delay);
    private DateTimeOffset? _last;
    private bool _hasSeenBad;
    private bool _hasLookedBack;

    /// <summary>The next tile; null when none has ended.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked; the tile is asked for again.</exception>
    public async Task<RolloutCounts?> FindNextAsync(Rollout rollout, Routing routing, JudgeQueries queries, CancellationToken cancellationToken)
    {
        if (_times.FindNext(_last, watch.SourceNow) is not { } end) return null;
        var sides = await Task.WhenAll(
            ReadAsync(rollout.App, routing, rollout.To, queries, end, cancellationToken), ReadAsync(rollout.App, routing, rollout.From, queries, end, cancellationToken));
        var (candidate, stable) = (sides[0], sides[1]);
        _hasSeenBad |= candidate.HasBad || stable.HasBad;
        var unseen = await FindUnseenYetAsync(rollout, routing, queries, cancellationToken);
        _last = end;
        var problem = candidate.Problem ?? stable.Problem ?? (candidate.IsAbsent && stable.IsAbsent ? "the judge's query for requests returns nothing, for neither side" : unseen);
        return new RolloutCounts(end, options.Tick, candidate.Counts, stable.Counts, problem);
    }

    /// <summary>Why the queries cannot be counts, asked now; null when they can.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked.</exception>
    public async Task<string?> FindFaultAsync(Rollout rollout, Routing routing, JudgeQueries queries, CancellationToken cancellationToken) =>
        (await ReadAsync(rollout.App, routing, rollout.To, queries, watch.SourceNow, cancellationToken)).Problem;

    /// <summary>That the query for bad requests returned nothing in the last six hours, as a sentence; null when it did.</summary>
    /// <remarks>No errors and a name that does not exist look alike, and the second would never find a fault.</remarks>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked.</exception>
    public async Task<string?> FindUnseenAsync(Rollout rollout, Routing routing, JudgeQueries queries, CancellationToken cancellationToken)
    {
        var range = BaselineQuery.RangeUntil(watch.SourceNow, stableSince: null)!;
        var answers = await Task.WhenAll(new[] { rollout.To, rollout.From }.Select(colour =>
            metrics.QueryRangeAsync(QueryTemplate.Parse(queries.Bad).Resolve(TemplateValues.Of(rollout.App, routing, colour, range.Step)), range, cancellationToken)));
        return answers.Any(a => a is SeriesAnswer.Found { Series.Count: > 0 }) ? null : Unseen;
    }

    private async Task<string?> FindUnseenYetAsync(Rollout rollout, Routing routing, JudgeQueries queries, CancellationToken cancellationToken)
    {
        if (_hasSeenBad) return null;
        var unseen = _hasLookedBack ? Unseen : await FindUnseenAsync(rollout, routing, queries, cancellationToken);
        (_hasSeenBad, _hasLookedBack) = (unseen is null, true);
        return unseen;
    }

    private async Task<Side> ReadAsync(AppName app, Routing routing, Colour colour, JudgeQueries queries, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var values = TemplateValues.Of(app, routing, colour, options.Tick);
        var answers = await Task.WhenAll(new[] { queries.Requests, queries.Bad }.Select(q => metrics.QueryAsync(QueryTemplate.Parse(q).Resolve(values), end, cancellationToken)));
        var (requests, bad) = (answers[0], answers[1]);
        var problem = FindProblem("requests", requests) ?? FindProblem("bad", bad);
        return new Side(new ColourCounts(Count(requests), Math.Min(Count(requests), Count(bad))), problem, requests is QueryAnswer.NoData, bad is QueryAnswer.Value);
    }

    private static long Count(QueryAnswer answer) => answer is QueryAnswer.Value { Number: > 0 and < 1e15 } value ? (long)Math.Round(value.Number) : 0;

    private static string? FindProblem(string name, QueryAnswer answer) => answer switch
    {
        QueryAnswer.SeveralSeries several => $"the judge's query for {name} returns {several.Count} series, not one: aggregate it, as with sum(…)",
        QueryAnswer.Refused refused => $"the judge's query for {name} was refused: {refused.Reason}",
        _ => null,
    };

    /// <param name="IsAbsent">No data for requests.</param>
    /// <param name="HasBad">The query for bad requests returned a value.</param>
    private sealed record Side(ColourCounts Counts, string? Problem, bool IsAbsent, bool HasBad);
}
