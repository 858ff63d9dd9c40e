using System.Collections.Concurrent;
using System.Globalization;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing;

/// <summary>Metrics without a server: a query is looked up as it is written, or answered by a rule.</summary>
public sealed class InMemoryMetricSource(TimeProvider? time = null) : IMetricSource
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentDictionary<string, QueryAnswer> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _queries = new();
    private volatile string? _away;
    private volatile Func<string, QueryAnswer?>? _rule;

    public string Name => "metrics in memory";

    /// <summary>How far the source's clock is ahead of everybody else's.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>Every query that was asked, oldest first.</summary>
    public IReadOnlyCollection<string> Queries => _queries;

    /// <summary>The query returns one series with this value; what is not a number is no data, and infinite is refused, as everywhere.</summary>
    public void Set(string query, double value) => _answers[query] = value switch
    {
        double.NaN => new QueryAnswer.NoData(),
        double.PositiveInfinity or double.NegativeInfinity => new QueryAnswer.Refused($"the value is {value.ToString(CultureInfo.InvariantCulture)}, a division by zero"),
        _ => new QueryAnswer.Value(value, default),
    };

    public void Set(string query, QueryAnswer answer) => _answers[query] = answer;

    /// <summary>Asked for every query before the values that were set; null leaves the query to them.</summary>
    public void AnswerBy(Func<string, QueryAnswer?>? rule) => _rule = rule;

    public void GoAway(string reason = "Connection refused") => _away = reason;

    public void ComeBack() => _away = null;

    public Task<QueryAnswer> QueryAsync(string query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _queries.Enqueue(query);
        if (_away is { } reason) throw new MetricSourceUnavailableException($"{Name} could not be asked \"{query}\": {reason}");
        var answer = _rule?.Invoke(query) ?? _answers.GetValueOrDefault(query) ?? new QueryAnswer.NoData();
        return Task.FromResult(answer is QueryAnswer.Value value ? value with { At = _time.GetUtcNow() + Skew } : answer);
    }

    /// <summary>Answers for a moment of the past; before it is set, as for the present.</summary>
    public Func<string, DateTimeOffset, QueryAnswer>? Past { get; set; }

    public async Task<QueryAnswer> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var answer = await QueryAsync(query, cancellationToken);
        return (Past?.Invoke(query, at) ?? answer) is QueryAnswer.Value value ? value with { At = at } : Past?.Invoke(query, at) ?? answer;
    }

    /// <summary>Answers queries for many series, with the moment, or the end of the range, that they are asked at; before it is set there are none.</summary>
    public Func<string, DateTimeOffset, SeriesAnswer>? SeriesBy { get; set; }

    public Task<SeriesAnswer> QuerySeriesAsync(string query, DateTimeOffset at, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _queries.Enqueue(query);
        if (_away is { } reason) throw new MetricSourceUnavailableException($"{Name} could not be asked \"{query}\": {reason}");
        return Task.FromResult(SeriesBy?.Invoke(query, at) ?? new SeriesAnswer.Found([]));
    }

    public Task<SeriesAnswer> QueryRangeAsync(string query, SeriesRange range, CancellationToken cancellationToken) => QuerySeriesAsync(query, range.To, cancellationToken);

    public Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_away is { } reason) throw new MetricSourceUnavailableException($"{Name} could not be asked for its time: {reason}");
        return Task.FromResult(_time.GetUtcNow() + Skew);
    }
}
