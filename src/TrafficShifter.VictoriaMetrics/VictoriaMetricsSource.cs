using TrafficShifter.Core.Ports;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>VictoriaMetrics as the source of evidence.</summary>
/// <remarks>
/// An infinite value is refused, not compared: +Inf is a division by zero, most often errors divided by a count that leaves them out.
/// The rollout then holds and the sentence says what to change; taken as no data it could pass.
/// </remarks>
public sealed class VictoriaMetricsSource(VictoriaMetricsClient client, TimeProvider time) : IMetricSource, IDisposable
{
    private readonly QueryBatches _batches = new(client, client.Options, time);
    private long _ahead;

    public string Name => client.Name;

    public Task<QueryAnswer> QueryAsync(string query, CancellationToken cancellationToken) => AskAsync(query, null, cancellationToken);

    public Task<QueryAnswer> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) => AskAsync(query, at, cancellationToken);

    public Task<SeriesAnswer> QuerySeriesAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) => client.QuerySeriesAsync(query, at, cancellationToken);

    public Task<SeriesAnswer> QueryRangeAsync(string query, SeriesRange range, CancellationToken cancellationToken) => client.QueryRangeAsync(query, range, cancellationToken);

    /// <remarks>
    /// Asks <c>now()</c>, the only one of its clocks that has fractions of a second: <c>time()</c> returns the time that was asked for.
    /// Half of the round trip is added, so the error is at most the other half. Later queries are asked at this clock's present.
    /// </remarks>
    public async Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken)
    {
        var sent = time.GetTimestamp();
        var reply = await client.QueryAsync("now()", time.GetUtcNow(), cancellationToken);
        if (reply is not InstantQueryReply.Vector { Samples: [{ Value: > 0 and < 1e11 } now] })
            throw new MetricSourceUnavailableException($"{Name} answered \"now()\" with {reply}");
        var theirs = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(now.Value) + time.GetElapsedTime(sent) / 2;
        Interlocked.Exchange(ref _ahead, (theirs - time.GetUtcNow()).Ticks);
        return theirs;
    }

    public void Dispose() => _batches.Dispose();

    private async Task<QueryAnswer> AskAsync(string query, DateTimeOffset? at, CancellationToken cancellationToken) =>
        Answer(await _batches.AskAsync(query, at, () => time.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead)), cancellationToken));

    private static QueryAnswer Answer(InstantQueryReply reply) => reply switch
    {
        InstantQueryReply.Vector { Samples: [] } => new QueryAnswer.NoData(),
        InstantQueryReply.Vector { Samples: [{ Value: double.NaN }] } => new QueryAnswer.NoData(),
        InstantQueryReply.Vector { Samples: [{ Value: var value }] } when double.IsInfinity(value) =>
            new QueryAnswer.Refused($"the value is {(value > 0 ? "+Inf" : "-Inf")}, a division by zero: divide by a count that includes what is above it"),
        InstantQueryReply.Vector { Samples: [var only] } => new QueryAnswer.Value(only.Value, only.At),
        InstantQueryReply.Vector several => new QueryAnswer.SeveralSeries(several.Samples.Count),
        InstantQueryReply.NotAVector other => new QueryAnswer.Refused($"the query returns a {other.ResultType}, not one value: a range belongs into a function, as in rate(x[1m])"),
        InstantQueryReply.Rejected rejected => new QueryAnswer.Refused(rejected.Error),
        InstantQueryReply.TooLarge large => new QueryAnswer.Refused($"the reply is over {large.MaxReplyBytes} bytes, where one series is wanted: aggregate it, as with sum(…)"),
        _ => throw new InvalidOperationException($"no answer is made of {reply}"),
    };
}
