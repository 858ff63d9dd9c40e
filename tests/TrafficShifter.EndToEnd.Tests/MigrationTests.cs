using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using TrafficShifter.Testing;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>A whole campaign: 40 applications on two HAProxies under load, in three waves, while the server is killed twice.</summary>
[Collection(Alone.Name)]
[Trait("HAProxy", "any")]
public sealed class MigrationTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Move = "migrations/to-green";
    private static readonly IReadOnlyList<string> Apps = [.. Enumerable.Range(1, 38).Select(i => string.Create(CultureInfo.InvariantCulture, $"app-{i:D2}")), "broken", "late"];
    private readonly List<BackgroundLoad> _loads = [];
    private ShiftingStack _stack = null!;
    private Receiver _clusters = null!;
    private volatile string _lateOnGreen = "v1";

    public async Task InitializeAsync()
    {
        _clusters = await Receiver.StartAsync();
        _clusters.Answer = AnswerAsync;
        _stack = await ShiftingStack.StartAsync(new StackSetup { Pools = [new("web", 2, 2), new("bad")], OwnUpstreams = true, Settings = new Dictionary<string, string> { ["Egress:Networks"] = "127.0.0.0/8" } });
        foreach (var (app, i) in Apps.Select((a, i) => (a, i)))
            (await _stack.Api.SendAsync(HttpMethod.Put, $"apps/{app}", new
            {
                hosts = new[] { $"{app}.example.com" }, routing = new { kind = "map", pool = app == "broken" ? "bad" : "web" }, criticality = i, labels = new { tier = i < 5 ? "pilot" : i < 30 || i >= 38 ? "most" : "core" },
            })).Status.ShouldBe(201, app);
        foreach (var haproxy in _stack.HAProxies) await Eventually.SeeAsync("all rows", () => MapRoutingTests.RowAsync(haproxy, Apps[^1]), row => row == "s.0.web.late");
        await _stack.UpstreamOf("bad").SetAsync(Colour.Green, new ColourBehaviour { ErrorRatio = 0.5 });
    }

    public async Task DisposeAsync()
    {
        foreach (var load in _loads) await load.DisposeAsync();
        await _stack.DisposeAsync();
        await _clusters.DisposeAsync();
    }

    [Fact]
    public async Task Forty_applications_move_in_three_waves_and_each_is_explained()
    {
        _loads.AddRange(Apps.Select(app => _stack.Load(app, [0, 1], requestsPerSecond: app == "broken" ? 20 : 4)));
        var ingress = $"http://127.0.0.1:{_clusters.Port}";
        var stored = await _stack.Api.SendAsync(HttpMethod.Put, Move, new
        {
            to = "green",
            plan = Plans.Of(10, 50),
            parallelism = 8,
            stop = new { rollbacks = 2, failedShare = "10%" },
            notReady = new { wait = "10m" },
            preflight = new { probe = new { url = ingress + "/{{colour}}/{{app}}", version = new { header = "X-Version" } }, release = new { url = ingress + "/deploy/{{app}}", deadline = "5m" } },
            waves = new object[]
            {
                new { name = "pilot", parallelism = 5, select = new { labels = new { tier = "pilot" } } },
                new { name = "most", select = new { labels = new { tier = "most" } } },
                new { name = "core", gate = "approve", select = new { labels = new { tier = "core" } } },
            },
            reason = "new network layer",
        });
        stored.Status.ShouldBe(201, stored.ToString());
        (await _stack.Api.SendAsync(HttpMethod.Post, $"{Move}/start")).Status.ShouldBe(200);

        await SeeAsync("the pilots move", m => Count(m, "moving") >= 3);
        await KillAsync();
        await SeeAsync("all pilots have moved, others do", m => Count(m, "moved") >= 5 && Count(m, "moving") >= 3);
        await KillAsync();
        await SeeAsync("the broken one is rolled back", m => Count(m, "rolledBack") == 1);
        await SeeAsync("the gate of core", m => Text(m, "heldBy") == "wave core waits for approval");
        (await _stack.Api.SendAsync(HttpMethod.Post, $"{Move}/approve")).Status.ShouldBe(200);
        var done = await SeeAsync("the end", m => Text(m, "phase") == "done");
        Text(done, "heldBy").ShouldBe("nothing: done: 39 moved, 1 rolled back");

        var report = (await _stack.Api.SendAsync(HttpMethod.Get, $"{Move}/report")).Body.GetProperty("apps").EnumerateArray().ToDictionary(a => Text(a, "app"));
        foreach (var app in Apps)
        {
            output.WriteLine($"{app}: {Text(report[app], "phase")}: {Text(report[app], "sentence")}");
            Text(report[app], "sentence").ShouldStartWith(app == "broken" ? "error-ratio: " : "all traffic is on green, which is stable now");
            foreach (var haproxy in _stack.HAProxies) (await MapRoutingTests.RowAsync(haproxy, app)).ShouldBe(app == "broken" ? "s.0.bad.broken" : $"s.10000.web.{app}");
            (await _stack.KV.GetAsync($"weights/{app}")).GetProperty("green").GetInt32().ShouldBe(app == "broken" ? 0 : 100, app);
            (await _stack.KV.GetAsync($"state/{app}")).TryGetProperty("campaign", out _).ShouldBeFalse(app);
        }
        _lateOnGreen.ShouldBe("v2", "its pipeline was asked");
        _clusters.Received.Count(r => r.Method == "POST").ShouldBe(1, "and asked once, through two deaths");
        await ShouldNotHaveFailedAsync();
    }

    private async Task ShouldNotHaveFailedAsync()
    {
        foreach (var (app, load) in Apps.Zip(_loads))
        {
            var requests = await load.StopAsync();
            requests.Requests.ShouldBeGreaterThan(0, app);
            if (app != "broken") requests.Failures.ShouldBe(0, $"{app}: {requests}");
            else requests.Failures.ShouldBe(requests.Of(Colour.Green).Failures, $"{app}: {requests}");
        }
    }

    /// <summary>The clusters' ingresses, which say what version an application is of, and the pipeline that deploys what green lacks.</summary>
    private Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path == "/deploy/late") _lateOnGreen = "v2";
        http.Response.StatusCode = http.Request.Method == "POST" ? 202 : 200;
        http.Response.Headers["X-Version"] = path == "/green/late" ? _lateOnGreen : "v2";
        return Task.CompletedTask;
    }

    private async Task KillAsync()
    {
        await _stack.Server.KillAsync();
        await _stack.Server.RestartAsync();
    }

    /// <summary>A campaign takes minutes: as long as applications go on, an event is waited for.</summary>
    private async Task<JsonElement> SeeAsync(string theEvent, Func<JsonElement, bool> isIt)
    {
        var before = "";
        while (true)
        {
            var seen = await Eventually.SeeAsync(
                theEvent, async () => (await _stack.Api.SendAsync(HttpMethod.Get, Move)).Body, m => isIt(m) || m.GetProperty("counts").ToString() is var now && now != before && (before = now).Length > 0);
            if (isIt(seen)) return seen;
        }
    }

    private static int Count(JsonElement migration, string phase) => migration.GetProperty("counts").GetProperty(phase).GetInt32();

    private static string Text(JsonElement json, string member) => json.GetProperty(member).GetString() ?? "";
}
