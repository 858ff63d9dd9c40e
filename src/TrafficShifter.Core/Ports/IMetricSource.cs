namespace TrafficShifter.Core.Ports;

/// <summary>Answers queries over the applications' metrics.</summary>
public interface IMetricSource
{
    /// <summary>What people know the source by, in sentences: <c>VictoriaMetrics http://127.0.0.1:8428</c>.</summary>
    string Name { get; }

    /// <summary>Evaluates an instant query that must return one series, at the source's own present.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked or did not answer in time.</exception>
    Task<QueryAnswer> QueryAsync(string query, CancellationToken cancellationToken);

    /// <summary>Evaluates an instant query that must return one series, at a moment of the past.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked or did not answer in time.</exception>
    Task<QueryAnswer> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Evaluates an instant query that may return any number of series, at a moment.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked or did not answer in time.</exception>
    Task<SeriesAnswer> QuerySeriesAsync(string query, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Evaluates a query at each moment of a range.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked or did not answer in time.</exception>
    Task<SeriesAnswer> QueryRangeAsync(string query, SeriesRange range, CancellationToken cancellationToken);

    /// <summary>The source's clock, to compare with one's own: evidence time is the source's.</summary>
    /// <exception cref="MetricSourceUnavailableException">The source could not be asked or did not answer in time.</exception>
    Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken);
}

/// <summary>What a query returned. Only <see cref="Value"/> is a measurement.</summary>
public abstract record QueryAnswer
{
    private QueryAnswer() { }

    /// <summary>One series with one finite value.</summary>
    public sealed record Value(double Number, DateTimeOffset At) : QueryAnswer;

    /// <summary>No series, or a value that is not a number: no traffic, an absent series and 0/0 look alike.</summary>
    public sealed record NoData : QueryAnswer;

    /// <summary>More than one series: the query must be aggregated.</summary>
    public sealed record SeveralSeries(int Count) : QueryAnswer;

    /// <summary>The source understood the request and refused it: a query that does not parse, a reply over the limit.</summary>
    public sealed record Refused(string Reason) : QueryAnswer;
}

/// <summary>The metric source could not be asked. The message names the source, the request and the reply.</summary>
public sealed class MetricSourceUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
