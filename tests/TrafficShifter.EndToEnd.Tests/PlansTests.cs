using System.Text.Json;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Built-in plans, gates and backtests on the real programs.</summary>
[Trait("HAProxy", "any")]
public sealed class PlansTests(PlansTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<PlansTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_built_in_plan_needs_nothing_but_the_agents_counts()
    {
        await using var load = _stack.Load("cart");
        // Green serves nobody yet: the check has too few requests to judge. Blue does, so there it passes.
        var dry = await _stack.Api.SendAsync(HttpMethod.Post, "apps/cart/rollouts?dryRun=true", new { plan = "fast" });
        dry.Status.ShouldBe(200, dry.ToString());
        dry.Body.GetProperty("checks")[0].GetProperty("sentence").GetString().ShouldBe("error-ratio: too little data: 0 requests of at least 20 needed in 30s");
        var passed = await Eventually.SeeAsync(
            "blue's requests in the metrics", () => BacktestAsync("cart", "fast", DateTimeOffset.UtcNow.AddSeconds(-2), "blue"), r => r.Body.GetProperty("checks")[0].GetProperty("passed").GetInt32() > 0);
        passed.Body.GetProperty("wouldHaveStopped").GetBoolean().ShouldBeFalse(passed.ToString());
    }

    [Fact]
    public async Task A_gate_waits_for_its_approval_and_a_backtest_finds_what_rolled_the_rollout_back()
    {
        await using var load = _stack.Load("shop");
        var plan = JsonSerializer.SerializeToNode(Plans.Of(25, 50))!;
        plan["steps"]![0]!["gate"] = "approve";
        var from = DateTimeOffset.UtcNow;
        var started = await _stack.Api.StartRolloutAsync("shop", plan);
        started.Status.ShouldBe(201, started.ToString());
        var id = started.Text("id");
        await Eventually.SeeAsync("the gate", () => _stack.Api.RolloutAsync(id), r => r.Body.TryGetProperty("gate", out var gate) && gate.GetProperty("waiting").GetBoolean());
        (await _stack.GreenAsync("shop")).ShouldBe([25m, 25m]);

        (await _stack.Api.TellAsync(id, "approve")).Status.ShouldBe(200);
        await _stack.SeeGreenAsync("shop", 50);
        await _stack.Upstream.SetAsync(Colour.Green, new ColourBehaviour { ErrorRatio = 0.5 });
        (await _stack.SeePhaseAsync(id, "rolledBack", "succeeded")).Text("phase").ShouldBe("rolledBack");
        await _stack.SeeGreenAsync("shop", 0);

        var past = await BacktestAsync("shop", plan, from, "green");
        output.WriteLine($"{past}");
        past.Text("sentence").ShouldStartWith("it would have rolled back at ");
        past.Text("sentence").ShouldContain("error-ratio: 0.");
        (await BacktestAsync("shop", plan, from, "blue")).Text("sentence").ShouldBe("nothing would have stopped it");
    }

    private Task<ApiReply> BacktestAsync(string app, object plan, DateTimeOffset from, string colour) =>
        _stack.Api.SendAsync(HttpMethod.Post, $"apps/{app}/backtest", new { plan, from, to = DateTimeOffset.UtcNow, colour });

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop", 2, 2), new("cart", 1, 1)] });
}
