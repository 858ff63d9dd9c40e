using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>Asks what the stable side was like before a rollout.</summary>
public sealed class BaselineReader(IMetricSource metrics, MetricsWatch watch) : IDisposable
{
    /// <summary>Baselines that are read at the same time. Each is two queries over hours, and a source that answers four at once, as on two processors, has tiles to answer too.</summary>
    private const int AtOnce = 1;

    /// <summary>How long a turn waits for others that begin.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turns = new(AtOnce);

    private static readonly TimeSpan Cell = TimeSpan.FromSeconds(60);

    /// <summary>The baseline as below; null when so many others begin that the next turn must ask again.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked.</exception>
    public async Task<JudgeBaseline?> TryReadAsync(AppTraffic app, Rollout rollout, CancellationToken cancellationToken)
    {
        if (!await _turns.WaitAsync(Patience, cancellationToken)) return null;
        try
        {
            return await ReadAsync(app, rollout, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>The baseline; a young one where there is no history or the source refuses to say.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked.</exception>
    public async Task<JudgeBaseline> ReadAsync(AppTraffic app, Rollout rollout, CancellationToken cancellationToken)
    {
        var queries = rollout.Plan.Judge!.Queries;
        if (BaselineQuery.RangeUntil(watch.SourceNow, app.State.Value!.StableSince) is not { } range) return JudgeBaseline.Young(latency: queries is null);
        if (queries is not null)
        {
            var values = TemplateValues.Of(app.Name, app.Definition.Value!.Routing, rollout.From, Cell);
            var (requests, bad) = await BothAsync(
                metrics.QueryRangeAsync(QueryTemplate.Parse(queries.Requests).Resolve(values), range, cancellationToken),
                metrics.QueryRangeAsync(QueryTemplate.Parse(queries.Bad).Resolve(values), range, cancellationToken));
            return requests is SeriesAnswer.Found all && bad is SeriesAnswer.Found failed ? BaselineQuery.ReadQueries(all, failed) : JudgeBaseline.Young(latency: false);
        }
        var (halves, latency) = await BothAsync(
            metrics.QueryRangeAsync(BaselineQuery.Halves(app.Name, rollout.From), range, cancellationToken),
            metrics.QuerySeriesAsync(BaselineQuery.Latency(app.Name, rollout.From, range), range.To, cancellationToken));
        return halves is SeriesAnswer.Found cells && latency is SeriesAnswer.Found answers ? BaselineQuery.Read(cells, answers) : JudgeBaseline.Young(latency: true);
    }

    /// <summary>Asked at the same time, so that both together take as long as one.</summary>
    private static async Task<(SeriesAnswer First, SeriesAnswer Second)> BothAsync(Task<SeriesAnswer> first, Task<SeriesAnswer> second)
    {
        var answers = await Task.WhenAll(first, second);
        return (answers[0], answers[1]);
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

    public void Dispose() => _turns.Dispose();
}
