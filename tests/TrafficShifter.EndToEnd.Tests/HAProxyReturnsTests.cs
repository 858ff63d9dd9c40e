using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Whenever a HAProxy comes back with the weights of its file, it is put right at once, without anybody's doing.</summary>
public sealed class HAProxyReturnsTests(HAProxyReturnsTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<HAProxyReturnsTests.Fixture>
{
    /// <summary>All weights are looked at every 10 s anyway: sooner means that the new process was noticed. How soon is printed.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);
    private readonly ShiftingStack _stack = fixture.Stack;
    private readonly Backend _backend = fixture.Stack.Backend("shop");

    [Fact]
    public async Task A_killed_HAProxy_has_the_right_weights_right_after_its_return()
    {
        (await _stack.Api.ShiftAsync("shop", 80, 20)).Status.ShouldBe(200);
        var haproxy = _stack.HAProxies[0];

        await haproxy.KillAsync();
        await haproxy.StartAsync(CancellationToken.None);

        (await MeasureAsync(haproxy, 20, "after kill -9")).ShouldBeLessThan(Bound);
        (await _stack.GreenAsync("shop")).ShouldBe([20m, 20m]);
    }

    [Fact]
    public async Task A_reloaded_HAProxy_has_the_right_weights_at_once_and_no_request_fails()
    {
        (await _stack.Api.ShiftAsync("shop", 70, 30)).Status.ShouldBe(200);
        var haproxy = _stack.HAProxies[1];
        await using var load = _stack.Load("shop");

        await haproxy.ReloadAsync(CancellationToken.None);

        (await MeasureAsync(haproxy, 30, "after a reload")).ShouldBeLessThan(Bound);
        var report = await load.StopAsync();
        report.Failures.ShouldBe(0, report.ToString());
    }

    [Fact]
    public async Task A_node_whose_HAProxy_starts_after_its_agent_is_right_at_once()
    {
        (await _stack.Api.ShiftAsync("shop", 60, 40)).Status.ShouldBe(200);
        var directory = Directory.CreateTempSubdirectory("late-").FullName;
        await using var agent = await _stack.StartAgentAsync("late", Path.Combine(directory, "admin.sock"), untilReady: false);
        await Eventually.SeeAsync("the late node is registered and says what is missing", FindLateAsync, node => node.Contains("admin.sock", StringComparison.Ordinal));

        await using (var haproxy = await _stack.StartHAProxyAsync("late", directory))
        {
            (await MeasureAsync(haproxy, 40, "a node that joins late")).ShouldBeLessThan(Bound);
        }
        await _stack.RemoveNodeAsync(agent, "late");
        Directory.Delete(directory, recursive: true);
    }

    private async Task<string> FindLateAsync()
    {
        var nodes = await _stack.Api.NodesAsync();
        return nodes.Body.EnumerateArray().Where(n => n.GetProperty("node").GetString() == "late").Select(n => n.ToString()).FirstOrDefault() ?? "";
    }

    private async Task<TimeSpan> MeasureAsync(HAProxyProcess haproxy, decimal percent, string what)
    {
        var took = await Returning.UntilRightAsync(haproxy, _backend, percent);
        output.WriteLine($"{what}: right {took.TotalSeconds:0.000} s after the socket's return");
        return took;
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop")], WithMetrics = false });
}
