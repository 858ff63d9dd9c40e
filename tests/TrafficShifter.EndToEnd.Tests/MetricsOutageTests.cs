using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>VictoriaMetrics away in mid-rollout: nothing is decided without evidence.</summary>
[Trait("HAProxy", "any")]
public sealed class MetricsOutageTests(MetricsOutageTests.Fixture fixture) : IClassFixture<MetricsOutageTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Weights_stay_the_api_says_why_and_it_goes_on_when_the_metrics_return()
    {
        await using var load = _stack.Load("shop");
        await using var first = new WeightLog(_stack.HAProxies[0], _stack.Backend("shop"));
        await using var second = new WeightLog(_stack.HAProxies[1], _stack.Backend("shop"));
        var started = await _stack.Api.StartRolloutAsync("shop", Plans.Of(10, 50));
        started.Status.ShouldBe(201, started.ToString());
        var id = started.Text("id");
        await _stack.SeeGreenAsync("shop", 10);

        await _stack.VictoriaMetrics.StopAsync();

        // Longer than the step's hold and its settling: with metrics it would be over by now.
        var waiting = await Eventually.SeeAsync("the rollout has waited 7 s for metrics", () => _stack.Api.RolloutAsync(id), r => SecondsWithout(r.Text("sentence")) >= 7);
        // Any other replica reads the document: it is brought after every five seconds.
        await Eventually.SeeAsync("the same in the document", async () => SecondsWithout((await _stack.KV.GetAsync($"rollouts/shop/{id}")).GetProperty("decisions").EnumerateArray().Last().GetProperty("sentence").GetString()!) >= 5);
        waiting.Text("phase").ShouldBe("progressing");
        waiting.Text("sentence").ShouldStartWith("step 1 of 2 at 10%: no metrics for ");
        waiting.Text("sentence").ShouldContain(_stack.VictoriaMetrics.Address.Port.ToString(CultureInfo.InvariantCulture));
        await first.ShouldHaveSeenAsync(0m, 10m);
        await second.ShouldHaveSeenAsync(0m, 10m);

        await _stack.VictoriaMetrics.RestartAsync();

        await _stack.SeePhaseAsync(id, "succeeded");
        await first.ShouldHaveSeenAsync(0m, 10m, 50m, 100m);
        await second.ShouldHaveSeenAsync(0m, 10m, 50m, 100m);
        var report = await load.StopAsync();
        report.Failures.ShouldBe(0, report.ToString());
    }

    private static int SecondsWithout(string sentence) =>
        Regex.Match(sentence, @"no metrics for (\d+)s") is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop")] });
}
