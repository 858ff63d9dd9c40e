using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Polly;
using Polly.Timeout;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>Instant queries over HTTP, usable alone.</summary>
/// <remarks>
/// Sent with <c>nocache=1</c>, which skips the offset (default 30 s) by which VictoriaMetrics hides what is newest, and with a time in
/// milliseconds, because without one it is cut down to whole seconds. By POST, so that a long query is no long address.
/// </remarks>
public sealed class VictoriaMetricsClient : IDisposable
{
    private const int MaxQuoted = 200;
    private readonly HttpClient _http;
    private readonly VictoriaMetricsOptions _options;
    private readonly ResiliencePipeline _patience;
    private readonly Uri _query;

    public VictoriaMetricsClient(VictoriaMetricsOptions options, TimeProvider time)
    {
        _options = options;
        var address = options.Address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        Name = $"VictoriaMetrics {address}";
        _query = new Uri($"{address}/api/v1/query");
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxConnectionsPerServer = 16 };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (options.BearerToken is { } token) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _patience = new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(options.Timeout).Build();
    }

    /// <summary>What people know it by, in sentences: <c>VictoriaMetrics http://127.0.0.1:8428</c>.</summary>
    public string Name { get; }

    /// <param name="at">The time to evaluate the query at.</param>
    /// <exception cref="MetricSourceUnavailableException">It is away, late, or says what is no answer to a query.</exception>
    public async Task<InstantQueryReply> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken)
    {
        try
        {
            return await _patience.ExecuteAsync(async token => await SendAsync(query, at, token), cancellationToken);
        }
        catch (TimeoutRejectedException late)
        {
            throw Unavailable(query, $"no answer within {_options.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s", late);
        }
        catch (HttpRequestException away)
        {
            throw Unavailable(query, (away.InnerException ?? away).Message, away);
        }
        catch (IOException cut)
        {
            throw Unavailable(query, $"the reply broke off: {cut.Message}", cut);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<InstantQueryReply> SendAsync(string query, DateTimeOffset at, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _query)
        {
            Content = new FormUrlEncodedContent(
            [
                new("query", query),
                new("time", (at.ToUnixTimeMilliseconds() / 1000m).ToString("0.000", CultureInfo.InvariantCulture)),
                new("nocache", "1"),
            ]),
        };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var reply = await ReadAsync(response.Content, cancellationToken);
        return response.StatusCode switch
        {
            HttpStatusCode.OK when reply is null => new InstantQueryReply.TooLarge(_options.MaxReplyBytes),
            HttpStatusCode.OK => InstantQueryParser.Find(reply) ?? throw Unavailable(query, $"the reply is no answer to a query: {Shorten(reply)}"),
            // 422: the query does not parse or takes too much. 400: Prometheus' and vmauth's word for the same.
            HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest when InstantQueryParser.FindError(reply ?? "") is { } error => new InstantQueryReply.Rejected(error),
            _ => throw Unavailable(query, $"status {(int)response.StatusCode}: {Shorten(reply ?? "a reply over the limit")}"),
        };
    }

    /// <summary>The whole reply; null when it is over the limit.</summary>
    private async Task<string?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[_options.MaxReplyBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > _options.MaxReplyBytes ? null : Encoding.UTF8.GetString(buffer, 0, length);
    }

    private MetricSourceUnavailableException Unavailable(string query, string what, Exception? inner = null) =>
        new($"{Name} could not be asked \"{Shorten(query)}\": {what}", inner);

    private static string Shorten(string text) => text.Length <= MaxQuoted ? text.Trim() : text[..MaxQuoted] + "…";
}
