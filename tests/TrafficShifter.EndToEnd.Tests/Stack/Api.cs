using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>What the REST API answered.</summary>
/// <param name="Age">The answer's <c>Age</c> header; null when it had none.</param>
public sealed record ApiReply(int Status, JsonElement Body, TimeSpan? Age)
{
    public string Text(string member) => Body.GetProperty(member).GetString() ?? "";

    public override string ToString() => $"{Status} {Body}";
}

/// <summary>The REST API as a person with a token calls it.</summary>
public sealed class Api(Uri address, string token) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    public Task<ApiReply> PutAppAsync(string app) => SendAsync(HttpMethod.Put, $"apps/{app}", new { routing = new { backend = app } });

    /// <summary>Registers an application on `map` routing, with the host NAME.example.com unless others are named.</summary>
    public Task<ApiReply> PutMappedAsync(string app, string pool, string mode = "sticky", string[]? hosts = null) =>
        SendAsync(HttpMethod.Put, $"apps/{app}", new { hosts = hosts ?? [$"{app}.example.com"], routing = new { kind = "map", pool, mode } });

    public Task<ApiReply> GetAppAsync(string app) => SendAsync(HttpMethod.Get, $"apps/{app}");

    public Task<ApiReply> GetWeightsAsync(string app) => SendAsync(HttpMethod.Get, $"apps/{app}/weights");

    /// <param name="wait">How long the answer may wait for every node to be observed, like <c>5s</c>; null: it does not wait.</param>
    public Task<ApiReply> ShiftAsync(string app, int blue, int green, string? wait = "10s") =>
        SendAsync(HttpMethod.Put, $"apps/{app}/weights{(wait is null ? "" : $"?wait={wait}")}", new { blue, green, reason = "a test" });

    public Task<ApiReply> StatusAsync(string app) => SendAsync(HttpMethod.Get, $"apps/{app}/status");

    public Task<ApiReply> StartRolloutAsync(string app, object plan) => SendAsync(HttpMethod.Post, $"apps/{app}/rollouts", new { plan });

    public Task<ApiReply> RolloutAsync(string id) => SendAsync(HttpMethod.Get, $"rollouts/{id}");

    /// <param name="verb">pause, resume, abort, approve or another.</param>
    public Task<ApiReply> TellAsync(string rollout, string verb) => SendAsync(HttpMethod.Post, $"rollouts/{rollout}/{verb}");

    public Task<ApiReply> RollBackAsync(string app) => SendAsync(HttpMethod.Post, $"apps/{app}/rollback?wait=10s", new { reason = "it burns" });

    public Task<ApiReply> RollBackAllAsync() => SendAsync(HttpMethod.Post, "rollback", new { reason = "everything burns" });

    public Task<ApiReply> UnlockAsync(string app) => SendAsync(HttpMethod.Post, $"apps/{app}/unlock");

    public Task<ApiReply> NodesAsync() => SendAsync(HttpMethod.Get, "nodes");

    /// <summary>An application's history, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> HistoryAsync(string app)
    {
        var reply = await SendAsync(HttpMethod.Get, $"history?app={app}&limit=1000");
        reply.Status.ShouldBe(200, reply.ToString());
        return [.. reply.Body.EnumerateArray().Reverse()];
    }

    /// <summary>Sends one request; a connection that breaks is an exception, any status is an answer.</summary>
    public async Task<ApiReply> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"api/v1/{path}");
        if (body is not null) request.Content = JsonContent.Create(body);
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return new ApiReply((int)answer.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text), answer.Headers.Age);
    }

    public void Dispose() => _http.Dispose();
}
