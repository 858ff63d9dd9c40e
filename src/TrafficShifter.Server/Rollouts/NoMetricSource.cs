using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Stands where no metric source is configured: weights can be shifted by hand, a rollout holds and says why.</summary>
public sealed class NoMetricSource : IMetricSource
{
    private const string Remedy = "no metric source is configured; set VictoriaMetrics:Address, for example to http://127.0.0.1:8428";

    public string Name => "no metric source";

    public Task<QueryAnswer> QueryAsync(string query, CancellationToken cancellationToken) => throw new MetricSourceUnavailableException(Remedy);

    public Task<QueryAnswer> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) => throw new MetricSourceUnavailableException(Remedy);

    public Task<SeriesAnswer> QuerySeriesAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) => throw new MetricSourceUnavailableException(Remedy);

    public Task<SeriesAnswer> QueryRangeAsync(string query, SeriesRange range, CancellationToken cancellationToken) => throw new MetricSourceUnavailableException(Remedy);

    public Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken) => throw new MetricSourceUnavailableException(Remedy);
}
