using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>500 applications leave green and come back under load, with a controller that is killed in both: no request fails, and HAProxy and Consul have what they had.</summary>
[Collection(Alone.Name)]
[Trait("HAProxy", "any")]
public sealed class EvacuationTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Weighted = 20;
    private const int Mapped = 480;
    private const string Green = "colours/green";

    private static readonly object Plan = new
    {
        steps = new[] { new { share = "50%", hold = "1s" } },
        checks = new[] { new { name = "up", query = "vector(0)", max = 0.5, window = "1s", interval = "1s" } },
    };

    private ShiftingStack _stack = null!;

    private static IEnumerable<string> Names => Enumerable.Range(0, Weighted).Select(n => Name("w", n)).Concat(Enumerable.Range(0, Mapped).Select(n => Name("m", n)));

    public async Task InitializeAsync()
    {
        _stack = await ShiftingStack.StartAsync(new StackSetup { Backends = [.. Enumerable.Range(0, Weighted).Select(n => new Backend(Name("w", n), 2, 3))], Pools = [new("web", 2, 2)] });
        await Parallel.ForEachAsync(Enumerable.Range(0, Mapped), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) => (await _stack.Api.PutMappedAsync(Name("m", n), "web")).Status.ShouldBe(201));
        await Parallel.ForEachAsync(Names.Select((name, n) => (name, n)), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (app, _) =>
        {
            // All on blue, all on green, and parts of all sizes, whose numbers are nobody's percentages.
            var (blue, green) = (app.n % 5) switch { 0 or 1 => (100, 0), 2 => (0, 7), 3 => (3, 4), _ => (0, 100) };
            if (green > 0) (await _stack.Api.ShiftAsync(app.name, blue, green, wait: null)).Status.ShouldBe(200);
        });
        await SeeAllObservedAsync();
    }

    public async Task DisposeAsync() => await _stack.DisposeAsync();

    [Fact]
    public async Task Everything_leaves_green_and_comes_back_to_the_number()
    {
        var loads = new[] { 2, 3, 4 }.SelectMany(n => new[] { _stack.Load(Name("w", n), 40), _stack.Load(Name("m", n), [0, 1], 40) }).ToList();
        var (kv, maps, servers) = (await ReadKVAsync(), await ReadMapsAsync(), await ReadServersAsync());
        var began = Stopwatch.GetTimestamp();

        (await _stack.Api.SendAsync(HttpMethod.Post, Green + "/evacuate", new { reason = "new network layer", parallelism = 100 })).Status.ShouldBe(202);
        await Eventually.SeeAsync("some have left", CountsAsync, c => c.Evacuated > 0);
        await KillAsync("evacuating");
        var evacuated = await Eventually.SeeAsync("green evacuated, and nobody there", () => _stack.Api.SendAsync(HttpMethod.Get, Green), g => Phase(g) == "evacuated" && g.Body.GetProperty("evacuation").TryGetProperty("emptyAt", out _));
        output.WriteLine($"evacuated and empty after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s: {evacuated.Text("sentence")}");
        evacuated.Body.GetProperty("counts").GetProperty("evacuated").GetInt32().ShouldBe(Weighted + Mapped);
        evacuated.Body.GetProperty("left").GetArrayLength().ShouldBe(0);
        foreach (var n in Enumerable.Range(0, Weighted)) (await _stack.GreenAsync(Name("w", n))).ShouldBe([0m, 0m]);
        foreach (var rows in await ReadMapsAsync()) rows.ShouldAllBe(r => r.Contains(" b.", StringComparison.Ordinal), "every row is locked to blue");
        using (var user = new User(_stack.HAProxies[0]))
            (await user.AskAsync($"{Name("m", 4)}.example.com")).Colour.ShouldBe("blue");

        began = Stopwatch.GetTimestamp();
        (await _stack.Api.SendAsync(HttpMethod.Post, Green + "/restore", new { reason = "rebuilt", plan = Plan, parallelism = 60 })).Status.ShouldBe(202);
        var left = (await Eventually.SeeAsync("some are back", CountsAsync, c => c.Evacuated < 300)).Evacuated;
        await KillAsync("restoring");
        while (left > 0) left = (await Eventually.SeeAsync($"fewer than {left} are away", CountsAsync, c => c.Evacuated < left)).Evacuated;
        await Eventually.SeeAsync("green restored", () => _stack.Api.SendAsync(HttpMethod.Get, Green), g => Phase(g) is null);
        output.WriteLine($"restored after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");

        await SeeAllObservedAsync();
        (await ReadKVAsync()).ShouldBe(kv);
        (await ReadMapsAsync()).ShouldBe(maps);
        (await ReadServersAsync()).ShouldBe(servers);
        var reports = await Task.WhenAll(loads.Select(l => l.StopAsync()));
        output.WriteLine($"{reports.Sum(r => r.Requests)} requests, {reports.Sum(r => r.Failures)} failed");
        reports.ShouldAllBe(r => r.Requests > 0 && r.Failures == 0);
    }

    /// <summary>kill -9 of the api and controller, and a new one.</summary>
    private async Task KillAsync(string phase)
    {
        await _stack.Server.KillAsync();
        (await _stack.KV.GetAsync("evacuations/green")).GetProperty("phase").GetString().ShouldBe(phase);
        await _stack.Server.RestartAsync();
    }

    private async Task<(int Evacuated, int Returning)> CountsAsync()
    {
        var counts = (await _stack.Api.SendAsync(HttpMethod.Get, Green)).Body.GetProperty("counts");
        return (counts.GetProperty("evacuated").GetInt32(), counts.GetProperty("returning").GetInt32());
    }

    private Task<ApiReply> SeeAllObservedAsync() => Eventually.SeeAsync("every node is as wanted", _stack.Api.NodesAsync, nodes =>
        nodes.Body.EnumerateArray().All(n => n.GetProperty("live").GetBoolean() && !n.GetProperty("lagging").GetBoolean() && n.GetProperty("liveness").GetProperty("exceptions").GetArrayLength() == 0));

    /// <summary>Each application's weights by their numbers and its state, as Consul has them.</summary>
    private async Task<IReadOnlyList<string>> ReadKVAsync()
    {
        var read = new List<string>();
        foreach (var app in Names)
        {
            var (weights, state) = (await _stack.KV.GetAsync($"weights/{app}"), await _stack.KV.GetAsync($"state/{app}"));
            var held = string.Join(' ', state.EnumerateObject().Where(p => p.Name is "lock" or "campaign" or "evacuated" or "rollout"));
            read.Add(string.Create(CultureInfo.InvariantCulture, $"{app} {weights.GetProperty("blue")}:{weights.GetProperty("green")} {state.GetProperty("stable")} {held}"));
        }
        return read;
    }

    /// <summary>The rows of both nodes' maps, as HAProxy itself tells them.</summary>
    private async Task<IReadOnlyList<string>[]> ReadMapsAsync() => await Task.WhenAll(_stack.HAProxies.Select(async haproxy =>
    {
        var reply = await haproxy.AskAsync($"show map {Path.Combine(haproxy.MapsFolder, "apps.map")}", CancellationToken.None);
        // 0x55d5c9d0 m0001 s.0.web.m0001
        IReadOnlyList<string> rows = [.. reply.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Where(l => l.StartsWith('m')).Order(StringComparer.Ordinal)];
        rows.Count.ShouldBe(Mapped);
        return rows;
    }));

    /// <summary>Every server's weight on both nodes, as HAProxy itself tells it.</summary>
    private async Task<IReadOnlyList<string>[]> ReadServersAsync() => await Task.WhenAll(_stack.HAProxies.Select(async haproxy =>
    {
        var reply = await haproxy.AskAsync("show servers state", CancellationToken.None);
        // be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight
        return (IReadOnlyList<string>)[.. reply.Split('\n').Select(l => l.Split(' ')).Where(f => f.Length > 7 && f[1].StartsWith("w0", StringComparison.Ordinal)).Select(f => $"{f[1]}/{f[3]} {f[7]}").Order(StringComparer.Ordinal)];
    }));

    private static string? Phase(ApiReply reply) => reply.Body.TryGetProperty("phase", out var phase) && phase.ValueKind != JsonValueKind.Null ? phase.GetString() : null;

    private static string Name(string kind, int n) => string.Create(CultureInfo.InvariantCulture, $"{kind}{n:D4}");
}
