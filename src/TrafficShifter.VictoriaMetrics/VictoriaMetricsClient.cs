using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Polly;
using Polly.Timeout;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>Queries over HTTP, usable alone.</summary>
/// <remarks>
/// Sent with <c>nocache=1</c>, which skips the offset (default 30 s) by which VictoriaMetrics hides what is newest, and with a time in
/// milliseconds, because without one it is cut down to whole seconds. By POST, so that a long query is no long address.
/// </remarks>
public sealed class VictoriaMetricsClient : IDisposable
{
    private const int MaxQuoted = 200;
    private const int BytesOfOne = 256;
    private const double PatienceWithUnions = 0.3;
    private readonly HttpClient _http;
    private readonly VictoriaMetricsOptions _options;
    private readonly ResiliencePipeline _patience;
    private readonly Uri _query;
    private readonly Uri _range;

    public VictoriaMetricsClient(VictoriaMetricsOptions options, TimeProvider time)
    {
        _options = options;
        var address = options.Address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        Name = $"VictoriaMetrics {address}";
        _query = new Uri($"{address}/api/v1/query");
        _range = new Uri($"{address}/api/v1/query_range");
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxConnectionsPerServer = 40 };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (options.BearerToken is { } token) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _patience = new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(options.Timeout).Build();
    }

    /// <summary>What people know it by, in sentences: <c>VictoriaMetrics http://127.0.0.1:8428</c>.</summary>
    public string Name { get; }

    internal VictoriaMetricsOptions Options => _options;

    /// <param name="at">The time to evaluate the query at.</param>
    /// <exception cref="MetricSourceUnavailableException">It is away, late, or says what is no answer to a query.</exception>
    public async Task<InstantQueryReply> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) =>
        await AskAsync(_query, query, [new("time", Seconds(at))], _options.MaxReplyBytes, InstantQueryParser.Find, cancellationToken) switch
        {
            HttpReply<InstantQueryReply>.Answer answer => answer.Value,
            HttpReply<InstantQueryReply>.Rejected rejected => new InstantQueryReply.Rejected(rejected.Error),
            _ => new InstantQueryReply.TooLarge(_options.MaxReplyBytes),
        };

    /// <summary>Some queries, each of which should return one series, as one; null when they cannot be answered together.</summary>
    /// <remarks>Late sooner than a query alone: those that are not at fault are then still asked in time.</remarks>
    /// <exception cref="MetricSourceUnavailableException">It is away, late, or says what is no answer to a query.</exception>
    internal async Task<IReadOnlyList<InstantQueryReply>?> QueryUnionAsync(IReadOnlyList<string> queries, DateTimeOffset at, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Timeout * PatienceWithUnions);
        try
        {
            var reply = await AskAsync(_query, QueryUnion.Of(queries), [new("time", Seconds(at))], _options.MaxReplyBytes + queries.Count * BytesOfOne, InstantQueryParser.FindMarked, patience.Token);
            return reply is HttpReply<ILookup<string, VectorSample>>.Answer marked
                ? [.. queries.Select((_, i) => new InstantQueryReply.Vector([.. marked.Value[i.ToString(CultureInfo.InvariantCulture)]]))]
                : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>An instant query that may return any number of series, up to <see cref="VictoriaMetricsOptions.MaxSeriesReplyBytes"/> of them.</summary>
    /// <exception cref="MetricSourceUnavailableException">It is away, late, or says what is no answer to a query.</exception>
    public Task<SeriesAnswer> QuerySeriesAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) =>
        AskSeriesAsync(_query, query, [new("time", Seconds(at))], cancellationToken);

    /// <summary>A query at every moment of a range.</summary>
    /// <exception cref="MetricSourceUnavailableException">It is away, late, or says what is no answer to a query.</exception>
    public Task<SeriesAnswer> QueryRangeAsync(string query, SeriesRange range, CancellationToken cancellationToken) =>
        AskSeriesAsync(_range, query, [new("start", Seconds(range.From)), new("end", Seconds(range.To)), new("step", $"{(long)range.Step.TotalMilliseconds}ms")], cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<SeriesAnswer> AskSeriesAsync(Uri path, string query, KeyValuePair<string, string>[] when, CancellationToken cancellationToken) =>
        await AskAsync(path, query, when, _options.MaxSeriesReplyBytes, InstantQueryParser.FindSeries, cancellationToken) switch
        {
            HttpReply<IReadOnlyList<LabelledSeries>>.Answer answer => new SeriesAnswer.Found(answer.Value),
            HttpReply<IReadOnlyList<LabelledSeries>>.Rejected rejected => new SeriesAnswer.Refused(rejected.Error),
            _ => new SeriesAnswer.Refused($"the reply is over {_options.MaxSeriesReplyBytes} bytes"),
        };

    private async Task<HttpReply<T>> AskAsync<T>(Uri path, string query, KeyValuePair<string, string>[] when, int maxBytes, Func<ReadOnlyMemory<byte>, T?> parse, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await _patience.ExecuteAsync(async token => await SendAsync(path, query, when, maxBytes, parse, token), cancellationToken);
        }
        catch (TimeoutRejectedException late)
        {
            throw Unavailable(query, $"no answer within {_options.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s", late);
        }
        // A connection that is reset in the moment in which it stands comes as the socket's own exception.
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            throw Unavailable(query, (away.InnerException ?? away).Message, away);
        }
        catch (IOException cut)
        {
            throw Unavailable(query, $"the reply broke off: {cut.Message}", cut);
        }
    }

    private async Task<HttpReply<T>> SendAsync<T>(Uri path, string query, KeyValuePair<string, string>[] when, int maxBytes, Func<ReadOnlyMemory<byte>, T?> parse, CancellationToken cancellationToken)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent([new("query", query), .. when, new("nocache", "1")]) };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var reply = await ReadAsync(response.Content, maxBytes, cancellationToken);
        return response.StatusCode switch
        {
            HttpStatusCode.OK when reply.IsOverLimit => new HttpReply<T>.TooLarge(),
            HttpStatusCode.OK => new HttpReply<T>.Answer(parse(reply.Bytes) ?? throw Unavailable(query, $"the reply is no answer to a query: {Shorten(reply.ToString())}")),
            // 422: the query does not parse or takes too much. 400: Prometheus' and vmauth's word for the same.
            HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest when !reply.IsOverLimit && InstantQueryParser.FindError(reply.Bytes) is { } error => new HttpReply<T>.Rejected(error),
            _ => throw Unavailable(query, $"status {(int)response.StatusCode}: {Shorten(reply.IsOverLimit ? "a reply over the limit" : reply.ToString())}"),
        };
    }

    /// <summary>The whole reply, up to the limit and one byte. Memory is taken as it comes: most replies are small, whatever the limit.</summary>
    private static async Task<PooledReply> ReadAsync(HttpContent content, int maxBytes, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var reply = new PooledReply(maxBytes);
        try
        {
            while (!reply.IsOverLimit && await stream.ReadAsync(reply.Free(), cancellationToken) is > 0 and var read) reply.Advance(read);
            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    private static string Seconds(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() / 1000m).ToString("0.000", CultureInfo.InvariantCulture);

    private MetricSourceUnavailableException Unavailable(string query, string what, Exception? inner = null) =>
        new($"{Name} could not be asked \"{Shorten(query)}\": {what}", inner);

    private static string Shorten(string text) => text.Length <= MaxQuoted ? text.Trim() : text[..MaxQuoted] + "…";

    private abstract record HttpReply<T>
    {
        public sealed record Answer(T Value) : HttpReply<T>;

        public sealed record Rejected(string Error) : HttpReply<T>;

        public sealed record TooLarge : HttpReply<T>;
    }
}
