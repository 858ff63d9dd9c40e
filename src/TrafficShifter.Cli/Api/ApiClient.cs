using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Api;

/// <summary>Calls the REST API of one installation.</summary>
internal sealed class ApiClient(Connection connection, Settings settings, Terminal terminal) : IDisposable
{
    private readonly HttpClient _http = Transport.Create(connection);

    public Connection Connection => connection;

    public Task<ApiReply> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<ApiReply> PostAsync(string path, JsonObject? body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, path, Body(body), cancellationToken);

    public Task<ApiReply> PutAsync(string path, JsonObject? body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Put, path, Body(body), cancellationToken);

    public Task<ApiReply> DeleteAsync(string path, JsonObject? body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, path, Body(body), cancellationToken);

    /// <param name="path">Below <c>/api/v1/</c>; its parts are escaped.</param>
    /// <param name="more">How much longer than usual the answer may take, because it was asked to wait.</param>
    /// <exception cref="ProblemFailure">The API refused.</exception>
    /// <exception cref="Failure">It did not answer.</exception>
    public async Task<ApiReply> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken, string? ifMatch = null, TimeSpan more = default)
    {
        using var request = new HttpRequestMessage(method, "api/v1/" + path) { Content = body };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        var patience = (settings.Timeout ?? Settings.UsualTimeout) + more;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            var text = await response.Content.ReadAsStringAsync(limit.Token);
            Note(method, path, began, ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
            if (!response.IsSuccessStatusCode) throw ProblemFailure.Of((int)response.StatusCode, text, method.Method, "api/v1/" + path);
            return new ApiReply((int)response.StatusCode, text, response.Headers.ETag?.ToString(), response.Headers.Age);
        }
        catch (HttpRequestException away)
        {
            Note(method, path, began, away.Message);
            throw Transport.Explain(connection, away, method == HttpMethod.Get || away.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Note(method, path, began, "no answer");
            throw new Failure(ExitCode.Away, $"{connection.Label} ({connection.Server}) did not answer {method} /api/v1/{path} within {patience.TotalSeconds:0.#} s",
                method == HttpMethod.Get ? "nothing changed" : "it is not known whether anything changed", "look again; --timeout gives it longer");
        }
    }

    /// <summary>Opens a stream of server-sent events; the answer's headers have come when this returns.</summary>
    /// <exception cref="ProblemFailure">The API refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public async Task<HttpResponseMessage> OpenStreamAsync(string path, string? lastEventId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/" + path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var began = Stopwatch.GetTimestamp();
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Note(HttpMethod.Get, path, began, ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
        if (response.IsSuccessStatusCode) return response;
        using (response) throw ProblemFailure.Of((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), "GET", "api/v1/" + path);
    }

    /// <summary>One part of a path.</summary>
    public static string Part(string name) => Uri.EscapeDataString(name);

    public static StringContent? Body(JsonObject? json) => json is null ? null : new StringContent(json.ToJsonString(JsonText.Relaxed), Encoding.UTF8, "application/json");

    public void Dispose() => _http.Dispose();

    private void Note(HttpMethod method, string path, long began, string outcome)
    {
        if (settings.Verbose) terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{method} /api/v1/{path}  {outcome}  {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms"));
    }
}
