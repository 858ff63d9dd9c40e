using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>A canary on `map` routing: the same plan as on server weights, its queries ask for the backend of the colour that is moved to.</summary>
public sealed class MapCanaryTests(MapCanaryTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<MapCanaryTests.Fixture>
{
    private static readonly object Plan = Plans.Of(10, 50);
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_healthy_canary_is_promoted_and_a_broken_one_takes_its_sticky_users_back()
    {
        (await _stack.Api.PutMappedAsync("shop", "web")).Status.ShouldBe(201);
        await using var load = _stack.Load("shop", [0, 1]);

        var healthy = await _stack.Api.StartRolloutAsync("shop", Plan);
        healthy.Status.ShouldBe(201, healthy.ToString());
        var ended = await _stack.SeePhaseAsync(healthy.Text("id"), "succeeded", "paused", "rolledBack", "aborted");
        ended.Text("phase").ShouldBe("succeeded", ended.ToString());
        foreach (var haproxy in _stack.HAProxies) (await MapRoutingTests.RowAsync(haproxy, "shop")).ShouldBe("s.10000.web.shop");
        load.Now.Failures.ShouldBe(0, load.Now.ToString());

        var broken = await _stack.Api.StartRolloutAsync("shop", Plan);
        broken.Text("to").ShouldBe("blue", broken.ToString());
        await Eventually.SeeAsync("half of the users on blue", () => MapRoutingTests.RowAsync(_stack.HAProxies[0], "shop"), row => row == "s.5000.web.shop");
        await _stack.Upstream.SetAsync(Colour.Blue, new ColourBehaviour { ErrorRatio = 0.5 });
        ended = await _stack.SeePhaseAsync(broken.Text("id"), "rolledBack", "succeeded", "paused");
        ended.Text("phase").ShouldBe("rolledBack", ended.ToString());

        using var user = new User(_stack.HAProxies[1]);
        (await user.FindGreenAsync("shop.example.com", 100)).Count.ShouldBe(100);
        var report = await load.StopAsync();
        output.WriteLine($"{report}; {ended.Text("outcome")}");
        report.Of(Colour.Green).Failures.ShouldBe(0, report.ToString());
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Pools = [new("web")] });
}
