using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace TrafficShifter.Faults.Workload;

/// <summary>What an api answered; a null status: nothing, in time.</summary>
internal sealed record ApiAnswer(int? Status, JsonElement Body, string Text)
{
    /// <summary>The answer says that it is old: the store is away, and this is what was last known.</summary>
    public bool IsOld { get; init; }

    /// <summary>It was refused because all traffic is locked to one colour.</summary>
    public bool IsLocked => Status == 409 && Text.Contains(" is locked to ", StringComparison.Ordinal);

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>What its caller knows from it.</summary>
    public OperationOutcome Outcome => this switch
    {
        { IsSuccess: true, IsOld: false } => OperationOutcome.Accepted,
        { Status: >= 400 and < 500 } => OperationOutcome.Refused,
        { Status: 503 } when Text.Contains("Nothing was changed", StringComparison.Ordinal) => OperationOutcome.Refused,
        _ => OperationOutcome.Unknown,
    };

    public string? Find(string member) => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(member, out var value) ? value.ToString() : null;

    public override string ToString() => $"{Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no answer"} {Text}";
}

/// <summary>The REST API as a person with a token calls it; whatever happens is an answer.</summary>
internal sealed class ApiClient(Uri address, string token) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(address, "api/v1/"), Timeout = Timeout.InfiniteTimeSpan, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, object? body, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = JsonContent.Create(body);
            using var answer = await _http.SendAsync(request, end.Token);
            var text = await answer.Content.ReadAsStringAsync(end.Token);
            return new ApiAnswer((int)answer.StatusCode, Parse(text), text) { IsOld = answer.Headers.Age is not null };
        }
        catch (OperationCanceledException)
        {
            return new ApiAnswer(null, default, $"nothing within {patience.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException broken)
        {
            return new ApiAnswer(null, default, broken.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private static JsonElement Parse(string text)
    {
        try
        {
            return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
