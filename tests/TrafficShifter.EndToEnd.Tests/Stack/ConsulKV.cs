using System.Text;
using System.Text.Json;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>Consul's own HTTP API, as <c>consul kv put traffic-shifter/KEY VALUE</c> uses it.</summary>
public sealed class ConsulKV(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address };

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

    public void Dispose() => _http.Dispose();

    private static string PathOf(string key) => $"v1/kv/traffic-shifter/{key}";
}
