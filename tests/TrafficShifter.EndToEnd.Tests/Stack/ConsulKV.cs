using System.Text;
using System.Text.Json;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>Consul's own HTTP API, as <c>consul kv put traffic-shifter/KEY VALUE</c> uses it.</summary>
/// <param name="token">Of a Consul with ACLs.</param>
public sealed class ConsulKV(Uri address, string? token = null) : IDisposable
{
    private readonly HttpClient _http = token is null ? new() { BaseAddress = address } : new() { BaseAddress = address, DefaultRequestHeaders = { { "X-Consul-Token", token } } };

    public async Task PutAsync(string key, string value)
    {
        using var content = new StringContent(value, Encoding.UTF8);
        using var answer = await _http.PutAsync(PathOf(key), content);
        (await answer.Content.ReadAsStringAsync()).Trim().ShouldBe("true", $"Consul did not take {key}");
    }

    /// <summary>The document under the key; it is there.</summary>
    public async Task<JsonElement> GetAsync(string key) => JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(PathOf(key) + "?raw"));

    /// <summary>How often the key was written, by its ModifyIndex.</summary>
    public async Task<ulong> IndexAsync(string key) =>
        JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(PathOf(key)))[0].GetProperty("ModifyIndex").GetUInt64();

    /// <summary>The status that Consul answers a request with, and the text.</summary>
    public async Task<(int Status, string Text)> TryAsync(HttpMethod method, string key, string? value = null)
    {
        using var request = new HttpRequestMessage(method, PathOf(key));
        if (value is not null) request.Content = new StringContent(value, Encoding.UTF8);
        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => _http.Dispose();

    private static string PathOf(string key) => $"v1/kv/traffic-shifter/{key}";
}
