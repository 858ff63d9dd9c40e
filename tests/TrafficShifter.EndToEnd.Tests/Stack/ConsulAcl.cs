using System.Net.Http.Json;
using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>The policies of <c>deploy/consul/acl</c> on a Consul that denies by default, and tokens that have them.</summary>
public sealed class ConsulAcl(Uri address, string master) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, DefaultRequestHeaders = { { "X-Consul-Token", master } } };

    private readonly HashSet<string> _stored = [];

    /// <summary>A token with the policies of these roles, as they are shipped.</summary>
    /// <param name="roles">Separated by commas, as the server's own setting.</param>
    /// <param name="node">The node whose agent it is for, with the role agent.</param>
    public async Task<string> MakeTokenAsync(string roles, string node)
    {
        var policies = new List<object>();
        foreach (var role in roles.Split(',')) policies.Add(new { Name = await StoreAsync(role, node) });
        using var answer = await _http.PutAsJsonAsync("/v1/acl/token", new { Policies = policies });
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("SecretID").GetString()!;
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> StoreAsync(string role, string node)
    {
        var name = role == "agent" ? $"traffic-shifter-agent-{node}" : $"traffic-shifter-{role}";
        if (!_stored.Add(name)) return name;
        var rules = await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "deploy", "consul", "acl", $"{role}.hcl"));
        var host = (await _http.GetFromJsonAsync<JsonElement>("/v1/agent/self")).GetProperty("Config").GetProperty("NodeName").GetString()!;
        var complete = rules.Replace("NODE", node, StringComparison.Ordinal).Replace("HOST", host, StringComparison.Ordinal);
        using var answer = await _http.PutAsJsonAsync("/v1/acl/policy", new { Name = name, Rules = complete });
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return name;
    }
}
