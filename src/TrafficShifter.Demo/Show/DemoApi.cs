using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Demo.Show;

/// <summary>The calls of the REST API that the demo makes, as a person with curl would.</summary>
public sealed class DemoApi : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="patience">How long one answer may take; default 15 s.</param>
    public DemoApi(Uri address, string token, TimeSpan? patience = null)
    {
        _http = new HttpClient { BaseAddress = new Uri(address, "api/v1/"), Timeout = patience ?? TimeSpan.FromSeconds(15) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Milliseconds between two steps that the answer's <c>Server-Timing</c> tells; null when it does not tell of both.</summary>
    public async Task<(JsonNode Answer, double? Milliseconds)> PutTimedAsync(string path, JsonNode body, string from, string to, CancellationToken cancellationToken)
    {
        double? took = null;
        var answer = await SendAsync(HttpMethod.Put, path, body, cancellationToken, headers => took = FindStep(headers, to) - FindStep(headers, from));
        return (answer, took);
    }

    public Task<JsonNode> PutAsync(string path, JsonNode body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Put, path, body, cancellationToken);

    public Task<JsonNode> PostAsync(string path, JsonNode body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, path, body, cancellationToken);

    public void Dispose() => _http.Dispose();

    private static double? FindStep(HttpResponseHeaders headers, string step) =>
        headers.TryGetValues("Server-Timing", out var told)
            && told.SelectMany(t => t.Split(", ")).FirstOrDefault(t => t.StartsWith(step + ";dur=", StringComparison.Ordinal)) is { } found
            ? double.Parse(found[(step.Length + 5)..], CultureInfo.InvariantCulture)
            : null;

    /// <exception cref="PeerException">The server refused; the message has its words.</exception>
    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken, Action<HttpResponseHeaders>? look = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode) throw new PeerException($"{method} {path} was answered with {(int)response.StatusCode}: {text}");
        look?.Invoke(response.Headers);
        return JsonNode.Parse(text) ?? throw new PeerException($"{method} {path} was answered with nothing");
    }
}
