using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>Asks what the stable side was like before a rollout.</summary>
public sealed class BaselineReader(IMetricSource metrics, MetricsWatch watch)
{
    private static readonly TimeSpan Cell = TimeSpan.FromSeconds(60);

    /// <summary>The baseline; a young one where there is no history or the source refuses to say.</summary>
    /// <param name="stable">The stable colour.</param>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked.</exception>
    public async Task<JudgeBaseline> ReadAsync(AppName app, Routing routing, Colour stable, JudgePlan plan, CancellationToken cancellationToken)
    {
        var range = BaselineQuery.RangeUntil(watch.SourceNow);
        if (plan.Queries is { } queries)
        {
            var values = TemplateValues.Of(app, routing, stable, Cell);
            var requests = await metrics.QueryRangeAsync(QueryTemplate.Parse(queries.Requests).Resolve(values), range, cancellationToken);
            var bad = await metrics.QueryRangeAsync(QueryTemplate.Parse(queries.Bad).Resolve(values), range, cancellationToken);
            return requests is SeriesAnswer.Found all && bad is SeriesAnswer.Found failed ? BaselineQuery.ReadQueries(all, failed) : JudgeBaseline.Young(latency: false);
        }
        var halves = await metrics.QueryRangeAsync(BaselineQuery.Halves(app, stable), range, cancellationToken);
        var latency = await metrics.QuerySeriesAsync(BaselineQuery.Latency(app, stable), range.To, cancellationToken);
        return halves is SeriesAnswer.Found cells && latency is SeriesAnswer.Found answers ? BaselineQuery.Read(cells, answers) : JudgeBaseline.Young(latency: true);
    }

    /// <summary>Requests of an application per second, both colours; null when nobody knows.</summary>
    public async Task<double?> FindRateAsync(AppName app, CancellationToken cancellationToken)
    {
        try
        {
            return await metrics.QueryAsync(BaselineQuery.Rate(app), cancellationToken) is QueryAnswer.Value rate ? rate.Number : null;
        }
        catch (MetricSourceUnavailableException)
        {
            return null;
        }
    }
}
