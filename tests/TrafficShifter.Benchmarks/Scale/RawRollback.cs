using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>The floor of a rollback of all: one raw transaction to Consul, and the commands that every application needs to a HAProxy of its own, in one connection, every answer read. Nothing is read back.</summary>
internal sealed class RawRollback(Uri consul, HAProxyProcess haproxy, int apps) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = consul };
    private readonly RuntimeApiClient _client = new(RuntimeApiAddress.Parse(haproxy.RuntimeApiSocket), new RuntimeApiOptions());

    /// <summary>What one application needs for the canary, and back.</summary>
    private static readonly (IReadOnlyList<SetServerWeight> Canary, IReadOnlyList<SetServerWeight> Back) Commands = Plan();

    public static int CommandsOfOne => Commands.Back.Count;

    /// <summary>Brings every application into its canary; not measured.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => ExecuteAsync(Commands.Canary, cancellationToken);

    public async Task<TimeSpan> RollBackAsync(int round, CancellationToken cancellationToken)
    {
        JsonArray operations = [Set("floor/rollback", $"{{\"to\":\"stable\",\"n\":{round}}}"), Set("floor/feed", $"{{\"n\":{round}}}")];
        using var body = new StringContent(operations.ToJsonString(), Encoding.UTF8, "application/json");
        var began = Stopwatch.GetTimestamp();
        (await _http.PutAsync("/v1/txn", body, cancellationToken)).EnsureSuccessStatusCode();
        await ExecuteAsync(Commands.Back, cancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Reads all servers by one command for all backends, as ours does before and after; not part of the floor.</summary>
    public async Task<TimeSpan> ReadBackAsync(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        await haproxy.AskAsync("show servers state", cancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }

    public void Dispose() => _http.Dispose();

    private async Task ExecuteAsync(IReadOnlyList<SetServerWeight> commands, CancellationToken cancellationToken)
    {
        var replies = await _client.ExecuteAsync(
            [.. Enumerable.Range(0, apps).SelectMany(app => commands.Select(c => $"set server {ScaleFleet.Name(app)}/{c.Server} weight {c.Weight}"))], cancellationToken);
        if (replies.FirstOrDefault(r => r.Length > 0) is { } refused) throw new PeerException($"the floor's HAProxy refused: {refused}");
    }

    private static (IReadOnlyList<SetServerWeight> Canary, IReadOnlyList<SetServerWeight> Back) Plan()
    {
        var routing = new Routing { Backend = ProxyName.Parse("any") }.WithDefaults();
        ServerReading[] servers = [new(ProxyName.Parse("blue1"), 100, 100, ServerHealth.Up), new(ProxyName.Parse("green1"), 100, 100, ServerHealth.Up)];
        var canary = Reconciliation.Plan(routing, (Weights.AllOn(Colour.Blue) with { Blue = 90, Green = 10 }).ShareOf(Colour.Green), servers, allowUnusableTarget: false).Commands;
        var shifted = servers.Select(s => s with { Weight = canary.LastOrDefault(c => c.Server == s.Name)?.Weight ?? s.Weight }).ToList();
        return (canary, Reconciliation.Plan(routing, Share.None, shifted, allowUnusableTarget: false).Commands);
    }

    private static JsonObject Set(string key, string value) =>
        new() { ["KV"] = new JsonObject { ["Verb"] = "set", ["Key"] = key, ["Value"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) } };
}
