using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace TrafficShifter.Templates.Tests.ConsulTemplate;

internal sealed record KeyPair(string Key, string Value, ulong ModifyIndex);

internal sealed record HealthService(string Node, string ID, string Address, long Port);

/// <summary>What has been read from Consul, as consul-template keeps it: asked for by a template, fetched after the pass, there in the next.</summary>
internal sealed class Brain(Uri consul)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Dictionary<string, IReadOnlyList<KeyPair>> _lists = [];
    private readonly Dictionary<string, IReadOnlyList<HealthService>> _services = [];
    private readonly HashSet<string> _askedLists = [];
    private readonly HashSet<string> _askedServices = [];

    /// <summary>Something that a template needs was not there in this pass: what it made is not written.</summary>
    public bool IsMissingSomething { get; set; }

    /// <summary>Pairs directly below the prefix; none as long as they were not fetched.</summary>
    public IReadOnlyList<KeyPair> List(string prefix, bool emptyIsSafe)
    {
        _askedLists.Add(prefix);
        var known = _lists.GetValueOrDefault(prefix);
        var pairs = (known ?? []).Where(pair => pair.Key.Length > 0 && !pair.Key.Contains('/')).ToList();
        if (known is null || (pairs.Count == 0 && !emptyIsSafe)) IsMissingSomething = true;
        return pairs;
    }

    public IReadOnlyList<HealthService> Service(string name)
    {
        _askedServices.Add(name);
        if (!_services.TryGetValue(name, out var found)) IsMissingSomething = true;
        return found ?? [];
    }

    /// <summary>Fetches what was asked for and is not known. False: all of it was known.</summary>
    public async Task<bool> LearnAsync()
    {
        var (lists, services) = (_askedLists.Except(_lists.Keys).ToList(), _askedServices.Except(_services.Keys).ToList());
        foreach (var prefix in lists) _lists[prefix] = await FetchListAsync(prefix);
        await Task.WhenAll(services.Select(async name =>
        {
            var found = await FetchServiceAsync(name);
            lock (_services) _services[name] = found;
        }));
        return lists.Count + services.Count > 0;
    }

    private async Task<IReadOnlyList<KeyPair>> FetchListAsync(string prefix)
    {
        using var response = await Http.GetAsync(new Uri(consul, $"/v1/kv/{prefix}?recurse"));
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound) return [];
        response.EnsureSuccessStatusCode();
        var entries = await response.Content.ReadFromJsonAsync<JsonElement>();
        return [.. entries.EnumerateArray().Select(entry => new KeyPair(
            entry.GetProperty("Key").GetString()![prefix.Length..].TrimStart('/'),
            entry.GetProperty("Value").GetString() is { } value ? Encoding.UTF8.GetString(Convert.FromBase64String(value)) : "",
            entry.GetProperty("ModifyIndex").GetUInt64()))];
    }

    private async Task<IReadOnlyList<HealthService>> FetchServiceAsync(string name)
    {
        var entries = await Http.GetFromJsonAsync<JsonElement>(new Uri(consul, $"/v1/health/service/{name}"));
        return [.. entries.EnumerateArray().Select(Instance).OrderBy(s => s.Node, StringComparer.Ordinal).ThenBy(s => s.ID, StringComparer.Ordinal)];
    }

    private static HealthService Instance(JsonElement entry)
    {
        var (node, service) = (entry.GetProperty("Node"), entry.GetProperty("Service"));
        var address = service.GetProperty("Address").GetString()!;
        return new HealthService(
            node.GetProperty("Node").GetString()!,
            service.GetProperty("ID").GetString()!,
            address.Length > 0 ? address : node.GetProperty("Address").GetString()!,
            service.GetProperty("Port").GetInt64());
    }
}
