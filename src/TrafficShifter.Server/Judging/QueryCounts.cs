using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>Counts of one rollout's sides by the two queries of its plan, in the same tiles as the agents'.</summary>
public sealed class QueryCounts(IMetricSource metrics, MetricsWatch watch, JudgeOptions options)
{
    private readonly TileTimes _times = new(options.Tick, options.Delay);
    private DateTimeOffset? _last;

    /// <summary>The next tile; null when none has ended.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked; the tile is asked for again.</exception>
    public async Task<RolloutCounts?> FindNextAsync(Rollout rollout, Routing routing, JudgeQueries queries, CancellationToken cancellationToken)
    {
        if (_times.FindNext(_last, watch.SourceNow) is not { } end) return null;
        var candidate = await ReadAsync(rollout.App, routing, rollout.To, queries, end, cancellationToken);
        var stable = await ReadAsync(rollout.App, routing, rollout.From, queries, end, cancellationToken);
        _last = end;
        var problem = candidate.Problem ?? stable.Problem ?? (candidate.IsAbsent && stable.IsAbsent ? "the judge's query for requests returns nothing, for neither side" : null);
        return new RolloutCounts(end, options.Tick, candidate.Counts, stable.Counts, problem);
    }

    /// <summary>Why the queries cannot be counts, asked now; null when they can.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked.</exception>
    public async Task<string?> FindFaultAsync(Rollout rollout, Routing routing, JudgeQueries queries, CancellationToken cancellationToken) =>
        (await ReadAsync(rollout.App, routing, rollout.To, queries, watch.SourceNow, cancellationToken)).Problem;

    private async Task<(ColourCounts Counts, string? Problem, bool IsAbsent)> ReadAsync(AppName app, Routing routing, Colour colour, JudgeQueries queries, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var values = TemplateValues.Of(app, routing, colour, options.Tick);
        var requests = await metrics.QueryAsync(QueryTemplate.Parse(queries.Requests).Resolve(values), end, cancellationToken);
        var bad = await metrics.QueryAsync(QueryTemplate.Parse(queries.Bad).Resolve(values), end, cancellationToken);
        var problem = FindProblem("requests", requests) ?? FindProblem("bad", bad);
        return (new ColourCounts(Count(requests), Math.Min(Count(requests), Count(bad))), problem, requests is QueryAnswer.NoData);
    }

    private static long Count(QueryAnswer answer) => answer is QueryAnswer.Value { Number: > 0 and < 1e15 } value ? (long)Math.Round(value.Number) : 0;

    private static string? FindProblem(string name, QueryAnswer answer) => answer switch
    {
        QueryAnswer.SeveralSeries several => $"the judge's query for {name} returns {several.Count} series, not one: aggregate it, as with sum(…)",
        QueryAnswer.Refused refused => $"the judge's query for {name} was refused: {refused.Reason}",
        _ => null,
    };
}
