using System.Net.Http.Json;
using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>The policies of <c>deploy/consul/acl</c> on a Consul that denies by default, and tokens that have them.</summary>
public sealed class ConsulAcl(Uri address, string master) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, DefaultRequestHeaders = { { "X-Consul-Token", master } } };

    /// <summary>Stores the three policies as they are shipped.</summary>
    public async Task StoreAsync()
    {
        foreach (var role in new[] { "agent", "api", "controller" })
        {
            var rules = await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "deploy", "consul", "acl", $"{role}.hcl"));
            using var answer = await _http.PutAsJsonAsync("/v1/acl/policy", new { Name = $"traffic-shifter-{role}", Rules = rules });
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        }
    }

    /// <summary>A token with the policies of these roles.</summary>
    /// <param name="roles">Separated by commas, as the server's own setting.</param>
    public async Task<string> MakeTokenAsync(string roles)
    {
        using var answer = await _http.PutAsJsonAsync("/v1/acl/token", new { Policies = roles.Split(',').Select(role => new { Name = $"traffic-shifter-{role}" }).ToArray() });
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("SecretID").GetString()!;
    }

    public void Dispose() => _http.Dispose();
}
