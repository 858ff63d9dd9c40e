using System.Diagnostics;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>A healthy canary promotes itself; the next one, back with the same plan, breaks on the way and rolls itself back.</summary>
public sealed class CanaryTests(CanaryTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<CanaryTests.Fixture>
{
    private static readonly object Plan = Plans.Of(25, 50);
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_healthy_canary_is_promoted_and_a_broken_one_rolled_back_by_its_check()
    {
        await using var log = new WeightLog(_stack.HAProxies[0], _stack.Backend("shop"));
        await using (var load = _stack.Load("shop"))
        {
            var healthy = await _stack.Api.StartRolloutAsync("shop", Plan);
            healthy.Status.ShouldBe(201, healthy.ToString());
            await _stack.SeePhaseAsync(healthy.Text("id"), "succeeded", "paused", "rolledBack", "aborted");
            var ended = await _stack.Api.RolloutAsync(healthy.Text("id"));
            ended.Text("phase").ShouldBe("succeeded", ended.ToString());
            (await _stack.GreenAsync("shop")).ShouldBe([100m, 100m]);
            (await _stack.Api.StatusAsync("shop")).Text("stable").ShouldBe("green");
            var report = await load.StopAsync();
            output.WriteLine($"healthy: {report} in {report.Elapsed.TotalSeconds:0.0} s");
            report.Failures.ShouldBe(0, report.ToString());
        }
        await using (var load = _stack.Load("shop"))
        {
            var broken = await _stack.Api.StartRolloutAsync("shop", Plan);
            broken.Status.ShouldBe(201, broken.ToString());
            broken.Text("to").ShouldBe("blue");
            await _stack.SeeGreenAsync("shop", 75);
            await _stack.Upstream.SetAsync(Colour.Blue, new ColourBehaviour { ErrorRatio = 0.5 });
            var fault = Stopwatch.GetTimestamp();
            await _stack.SeeGreenAsync("shop", 100);
            var took = Stopwatch.GetElapsedTime(fault);
            var ended = await _stack.SeePhaseAsync(broken.Text("id"), "rolledBack", "succeeded");
            ended.Text("phase").ShouldBe("rolledBack");
            ended.Text("outcome").ShouldStartWith("error-ratio: 0.");
            ended.Text("outcome").ShouldContain("is beyond max 0.01");
            ended.Text("outcome").ShouldEndWith("2 times in a row: all traffic back to green");
            (await _stack.GreenAsync("shop")).ShouldBe([100m, 100m]);
            (await _stack.Api.StatusAsync("shop")).Text("stable").ShouldBe("green");
            var report = await load.StopAsync();
            output.WriteLine($"broken: {report}; back on both nodes {took.TotalSeconds:0.0} s after the fault; {ended.Text("outcome")}");
            report.Of(Colour.Blue).Failures.ShouldBePositive();
            report.Of(Colour.Green).Failures.ShouldBe(0);
        }
        await log.ShouldHaveSeenAsync(0m, 25m, 50m, 100m, 75m, 100m);
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop", 2, 2)] });
}
