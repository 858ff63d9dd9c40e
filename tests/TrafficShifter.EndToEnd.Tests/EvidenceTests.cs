using System.Globalization;
using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>What an agent counts from a real HAProxy's access log, against what the users themselves counted.</summary>
[Collection(Alone.Name)]
public sealed class EvidenceTests(EvidenceTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<EvidenceTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Theory]
    [InlineData("mapped", "map")]
    [InlineData("weighted", "weights")]
    public async Task Every_request_is_counted_for_its_colour_from_0_on(string app, string routing)
    {
        if (routing == "map") (await _stack.Api.PutMappedAsync(app, "web", "random")).Status.ShouldBe(201);
        await BeginAsync(app);
        var before = await ScrapeAsync();
        (before.Requests(app, "green"), before.Has(EvidenceSeries.Requests, ("app", app), ("colour", "green"), ("half", "b"))).ShouldBe((0, true));
        await _stack.Upstream.SetAsync(Colour.Green, new ColourBehaviour { ErrorRatio = 0.1 });

        var report = await new LoadGenerator(LoadOf(app) with { Count = 4_000 }).RunAsync();
        await _stack.Upstream.SetAsync(Colour.Green, new ColourBehaviour());

        var seen = await SeeAllAsync(app, report.Requests);
        foreach (var colour in new[] { Colour.Blue, Colour.Green })
        {
            seen.Requests(app, colour.Word()).ShouldBe(report.Of(colour).Requests, $"{report}\n{seen}");
            seen.Sum(EvidenceSeries.Bad, ("app", app), ("colour", colour.Word())).ShouldBe(report.Of(colour).Failures, $"{report}\n{seen}");
            seen.Sum(EvidenceSeries.LatencyBucket, ("app", app), ("colour", colour.Word()), ("le", "+Inf")).ShouldBe(report.Of(colour).Requests);
            foreach (var half in new[] { "a", "b" }) seen.Sum(EvidenceSeries.Requests, ("app", app), ("colour", colour.Word()), ("half", half)).ShouldBeGreaterThan(0, $"{colour} {half}\n{seen}");
        }
        report.Of(Colour.Green).Failures.ShouldBeGreaterThan(0);
        (seen.Lost - before.Lost, seen.IsReceiving).ShouldBe((0, true));
        await SeeInVictoriaMetricsAsync(app, report.Requests);
    }

    [Fact]
    public async Task With_the_agent_stopped_and_killed_under_load_every_request_is_counted_or_said_to_be_lost()
    {
        const string App = "killed";
        (await _stack.Api.PutMappedAsync(App, "web", "random")).Status.ShouldBe(201);
        await BeginAsync(App);
        var lostBefore = (await ScrapeAsync()).Lost;
        var agent = _stack.Agents[0];
        var generator = new LoadGenerator(LoadOf(App) with { Count = 200_000, Concurrency = 32 });
        var load = generator.RunAsync();

        await SeeSentAsync(generator, 40_000);
        agent.Freeze();
        await SeeSentAsync(generator, 60_000);
        agent.Thaw();
        await SeeSentAsync(generator, 90_000);
        await agent.KillAsync();
        await SeeSentAsync(generator, 110_000);
        await agent.RestartAsync();
        await SeeSentAsync(generator, 130_000);
        agent.Freeze();
        await SeeSentAsync(generator, 140_000);
        await agent.KillAsync();
        await agent.RestartAsync();
        var report = await load;

        report.Failures.ShouldBe(0, report.ToString());
        var seen = await Eventually.SeeAsync("every request counted or lost", ScrapeAsync, s => Counted(s, App) + s.Lost - lostBefore == report.Requests);
        output.WriteLine($"{report.Requests} requests in {report.Elapsed.TotalSeconds:0.0} s: {Counted(seen, App)} counted, {seen.Lost - lostBefore} lost");
        Counted(seen, App).ShouldBeGreaterThan(100_000);
        var node = (await _stack.Api.NodesAsync()).Body[0].GetProperty("liveness").GetProperty("evidence");
        node.GetProperty("receiving").GetBoolean().ShouldBeTrue(node.ToString());
    }

    /// <summary>HAProxy takes these requests to the stable side, and hardly a user sees an error: the candidate fails all the same.</summary>
    [Fact]
    public async Task A_candidate_that_refuses_connections_has_the_failed_requests_and_the_stable_side_none_of_them()
    {
        const string App = "refusing";
        await BeginAsync(App);
        var before = await ScrapeAsync();
        var load = new LoadGenerator(LoadOf(App) with { Count = 3_000, RequestsPerSecond = 400 }).RunAsync();
        await Eventually.SeeAsync("traffic of both colours", ScrapeAsync, seen => seen.Requests(App, "green") > 100);

        await _stack.Upstream.SetAsync(Colour.Green, new ColourBehaviour { Refuse = true });
        var report = await load;
        await _stack.Upstream.SetAsync(Colour.Green, ColourBehaviour.Healthy);

        var seen = await SeeAllAsync(App, report.Requests - (await ScrapeAsync()).Sum(EvidenceSeries.Lost, ("reason", "redispatched")));
        output.WriteLine($"{report}: failed over {seen.Sum(EvidenceSeries.FailedOver, ("app", App), ("colour", "green"))}, lost {seen.Lost - before.Lost}");
        (seen.Lost - before.Lost).ShouldBe(0);
        Counted(seen, App).ShouldBe(report.Requests);
        var failedOver = seen.Sum(EvidenceSeries.FailedOver, ("app", App), ("colour", "green"));
        failedOver.ShouldBeGreaterThan(0);
        seen.Sum(EvidenceSeries.Bad, ("app", App), ("colour", "green")).ShouldBe(failedOver + report.Failures, report.ToString());
        seen.Requests(App, "green").ShouldBe(report.Of(Colour.Green).Requests + failedOver + report.Failures);
        (seen.Sum(EvidenceSeries.Bad, ("app", App), ("colour", "blue")), seen.Sum(EvidenceSeries.FailedOver, ("app", App), ("colour", "blue"))).ShouldBe((0, 0));
    }

    /// <summary>The series begin at 0, so the first tile counts like every other; VictoriaMetrics' <c>increase</c> guesses at what a series began with.</summary>
    private async Task SeeInVictoriaMetricsAsync(string app, long requests)
    {
        var series = $"{EvidenceSeries.Requests}{{app=\"{app}\"}}";
        await Eventually.SeeAsync($"{requests} requests of {app} scraped", async () => { await _stack.VictoriaMetrics.FlushAsync(); return await QueryAsync($"sum({series})", Now()); }, seen => seen == requests);
        var end = Math.Ceiling(Now());
        await Eventually.SeeAsync("the end of the last tile", async () => { await _stack.VictoriaMetrics.FlushAsync(); return Now() > end + 1; });
        var tiles = new List<double>();
        for (var at = end - 60; at <= end; at += 5) tiles.Add(await QueryAsync($"sum(increase({series}[5s]))", at));
        tiles.Sum().ShouldBe(requests, string.Join(' ', tiles));
    }

    private static double Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>The one value of a query; 0 when there is none.</summary>
    private async Task<double> QueryAsync(string query, double at)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri(_stack.VictoriaMetrics.Address, FormattableString.Invariant($"api/v1/query?nocache=1&time={at}&query={Uri.EscapeDataString(query)}")));
        using var answer = JsonDocument.Parse(text);
        var result = answer.RootElement.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? 0 : double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }

    private static long Counted(EvidenceScrape seen, string app) => seen.Requests(app, "blue") + seen.Requests(app, "green");

    private static Task<long> SeeSentAsync(LoadGenerator generator, long requests) =>
        Eventually.SeeAsync($"{requests} requests sent", () => Task.FromResult(generator.Snapshot().Requests), sent => sent >= requests);

    private Task<EvidenceScrape> ScrapeAsync() => EvidenceScrape.ReadAsync(_stack.Agents[0]);

    private Task<EvidenceScrape> SeeAllAsync(string app, long requests) =>
        Eventually.SeeAsync($"{requests} requests of {app} counted", ScrapeAsync, seen => Counted(seen, app) >= requests);

    /// <summary>A rollout that stays at half and half for as long as any test takes.</summary>
    private async Task BeginAsync(string app)
    {
        var rollout = await _stack.Api.StartRolloutAsync(app, Plans.Holding("10m", 50));
        rollout.Status.ShouldBe(201, rollout.ToString());
        if (_stack.HasBackend(app)) await _stack.SeeGreenAsync(app, 50);
        else await Eventually.SeeAsync("half of the traffic on green", () => MapRoutingTests.RowAsync(_stack.HAProxies[0], app), row => row == $"r.5000.web.{app}");
        await Eventually.SeeAsync("series of the rollout", ScrapeAsync, seen => seen.Has(EvidenceSeries.Requests, ("app", app)) && seen.IsReceiving);
        // VictoriaMetrics has seen the zeros.
        await Eventually.SeeAsync("the series in VictoriaMetrics", async () => { await _stack.VictoriaMetrics.FlushAsync(); return await QueryAsync($"count({EvidenceSeries.Requests}{{app=\"{app}\"}})", Now()); }, seen => seen == 4);
    }

    private LoadOptions LoadOf(string app) => new() { Targets = [_stack.HAProxies[0].FrontendUrl], Host = $"{app}.example.com" };

    public sealed class Fixture() : StackFixture(new StackSetup { Nodes = 1, Backends = [new("weighted", 2, 2), new("refusing", 2, 2)], Pools = [new("web", 2, 2)] });
}
