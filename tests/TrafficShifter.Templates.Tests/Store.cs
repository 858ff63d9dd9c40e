using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Ports;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Templates.Tests;

/// <summary>One test's documents and services in a real Consul, written as people write them.</summary>
internal sealed class Store(ConsulFixture fixture) : IDisposable
{
    /// <summary>The most that a transaction of Consul holds.</summary>
    private const int TransactionSize = 64;

    private readonly HttpClient _http = new() { BaseAddress = fixture.Consul.Address };

    public string Prefix { get; } = fixture.NewPrefix();

    public Task<string?> RenderAsync(string template) => Templates.RenderAsync(template, fixture.Consul.Address, Prefix);

    public async Task PutAsync(string key, string value)
    {
        using var answer = await _http.PutAsync(new Uri($"/v1/kv/{Prefix}{key}", UriKind.Relative), new StringContent(value, Encoding.UTF8));
        (await answer.Content.ReadAsStringAsync()).Trim().ShouldBe("true", $"Consul did not take {key}");
    }

    /// <summary>Writes these in transactions, in this order.</summary>
    public async Task PutAllAsync(IEnumerable<(string Key, string Value)> pairs)
    {
        foreach (var some in pairs.Chunk(TransactionSize))
        {
            var operations = some.Select(pair => new { KV = new { Verb = "set", Key = Prefix + pair.Key, Value = Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value)) } });
            using var answer = await _http.PutAsJsonAsync(new Uri("/v1/txn", UriKind.Relative), operations);
            answer.EnsureSuccessStatusCode();
        }
    }

    public async Task DeleteAsync(string key)
    {
        using var answer = await _http.DeleteAsync(new Uri($"/v1/kv/{Prefix}{key}?recurse", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Everything, by its key without the prefix.</summary>
    public async Task<IReadOnlyDictionary<string, Entry>> ReadAsync()
    {
        var entries = await _http.GetFromJsonAsync<JsonElement>(new Uri($"/v1/kv/{Prefix}?recurse", UriKind.Relative));
        return entries.EnumerateArray()
            .Select(e => new Entry(e.GetProperty("Key").GetString()![Prefix.Length..], Encoding.UTF8.GetString(e.GetProperty("Value").GetBytesFromBase64()), e.GetProperty("ModifyIndex").GetUInt64()))
            .ToDictionary(e => e.Key);
    }

    /// <summary>An instance in Consul's catalog.</summary>
    public async Task RegisterAsync(string service, string id, string address, int port)
    {
        var registration = new { Node = "node-" + id, Address = address, SkipNodeUpdate = false, Service = new { Service = service, ID = id, Address = address, Port = port } };
        using var answer = await _http.PutAsJsonAsync(new Uri("/v1/catalog/register", UriKind.Relative), registration);
        answer.EnsureSuccessStatusCode();
    }

    public async Task DeregisterAsync(string id)
    {
        using var answer = await _http.PutAsJsonAsync(new Uri("/v1/catalog/deregister", UriKind.Relative), new { Node = "node-" + id });
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose() => _http.Dispose();
}
