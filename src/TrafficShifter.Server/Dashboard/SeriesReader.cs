using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Dashboard;

/// <summary>Reads an application over time: what was asked from the history, all else from the metric source, which may be away.</summary>
public sealed class SeriesReader(ITrafficStore store, IMetricSource metrics)
{
    public async Task<SeriesAnswer> ReadAsync(AppDefinition app, SeriesRange range, int percentile, CancellationToken cancellationToken)
    {
        var moments = Moments(range);
        var (history, historyProblem) = await ReadHistoryAsync(app.Name, cancellationToken);
        var (measured, problem) = await TryMeasureAsync(app, range, moments, percentile, cancellationToken);
        return measured with
        {
            Asked = AskedShares.Of(history, moments),
            Marks = [.. history.Where(h => h.At >= range.From && h.At <= range.To + range.Step).OrderBy(h => h.Id, StringComparer.Ordinal).Select(h => new SeriesMark(h.Id, h.At, h.Kind, h.By, h.Sentence, h.Rollout))],
            Problem = problem ?? historyProblem,
        };
    }

    private async Task<(IReadOnlyList<HistoryEntry> History, string? Problem)> ReadHistoryAsync(AppName app, CancellationToken cancellationToken)
    {
        try
        {
            return ([.. (await store.ListAsync(Keys.HistoryOf(app), cancellationToken)).Entries.Select(e => Reading.Of<HistoryEntry>(e).Find()).OfType<HistoryEntry>()], null);
        }
        catch (StoreException away)
        {
            return ([], away.Message);
        }
    }

    private async Task<(SeriesAnswer Answer, string? Problem)> TryMeasureAsync(AppDefinition app, SeriesRange range, List<DateTimeOffset> moments, int percentile, CancellationToken cancellationToken)
    {
        try
        {
            return (await MeasureAsync(app, range, moments, percentile, cancellationToken), null);
        }
        catch (MetricSourceUnavailableException away)
        {
            var none = new double?[moments.Count];
            return (Of(moments, range, new SeriesBand(none, none), new(none, none), new(none, none), new(none, none), $"p{percentile}"), away.Message);
        }
    }

    private async Task<SeriesAnswer> MeasureAsync(AppDefinition app, SeriesRange range, List<DateTimeOffset> moments, int percentile, CancellationToken cancellationToken)
    {
        var queries = new[] { Colour.Blue, Colour.Green }.Select(c => ChartQueries.Of(app.Name, app.Routing, c, range.Step, percentile / 100.0)).ToList();
        Task<IReadOnlyList<double?>> Ask(string query) => AskAsync(query, range, moments, cancellationToken);
        async Task<SideSeries> AskBoth(Func<ChartQueries, string> which) => await Task.WhenAll(queries.Select(q => Ask(which(q)))) is [var blue, var green] ? new SideSeries(blue, green) : throw new InvalidOperationException("two sides were asked");
        var (errors, requests, latency, low, high) = (AskBoth(q => q.Errors), AskBoth(q => q.Requests), AskBoth(q => q.Latency), Ask(ChartQueries.Observed(app.Name, most: false)), Ask(ChartQueries.Observed(app.Name, most: true)));
        await Task.WhenAll(errors, requests, latency, low, high);
        var hasQuantiles = (await latency).Blue.Concat((await latency).Green).Any(v => v is not null);
        return Of(moments, range, new SeriesBand(await low, await high), await errors, await requests, hasQuantiles ? await latency : await AskBoth(q => q.MeanLatency), hasQuantiles ? $"p{percentile}" : "mean");
    }

    /// <summary>One value for each moment; a query that is refused or has no answer has none.</summary>
    private async Task<IReadOnlyList<double?>> AskAsync(string query, SeriesRange range, List<DateTimeOffset> moments, CancellationToken cancellationToken)
    {
        var values = new double?[moments.Count];
        if (await metrics.QueryRangeAsync(query, range, cancellationToken) is not Core.Ports.SeriesAnswer.Found { Series: [var only, ..] }) return values;
        foreach (var point in only.Points)
        {
            var index = (int)Math.Round((point.At - range.From) / range.Step);
            if (index >= 0 && index < values.Length) values[index] = point.Value;
        }
        return values;
    }

    private static SeriesAnswer Of(List<DateTimeOffset> moments, SeriesRange range, SeriesBand observed, SideSeries errors, SideSeries requests, SideSeries latency, string latencyOf) => new()
    {
        At = [.. moments.Select(m => m.ToUnixTimeSeconds())], Step = range.Step, Asked = [], Observed = observed, Errors = errors, Requests = requests, Latency = latency, LatencyOf = latencyOf, Marks = [],
    };

    private static List<DateTimeOffset> Moments(SeriesRange range)
    {
        var moments = new List<DateTimeOffset>();
        for (var at = range.From; at <= range.To; at += range.Step) moments.Add(at);
        return moments;
    }
}
