using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Of two controllers one acts; when it goes, the other goes on, and nothing is done twice.</summary>
[Trait("HAProxy", "any")]
public sealed class TwoControllersTests(TwoControllersTests.Fixture fixture) : IClassFixture<TwoControllersTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task The_other_controller_takes_over(string app)
    {
        await Eventually.SeeAsync("the stack's own server leads", () => Task.FromResult(Leads(_stack.Server)));
        await using var other = await _stack.StartServerAsync(new ServerSetup { Name = "second server", Roles = "api,controller" });
        using var api = new Api(other.Address, _stack.Token);
        await using var load = _stack.Load(app);
        await using var log = new WeightLog(_stack.HAProxies[0], _stack.Backend(app));
        var started = await _stack.Api.StartRolloutAsync(app, Plans.Of(10, 50));
        started.Status.ShouldBe(201, started.ToString());
        var id = started.Text("id");
        await _stack.SeeGreenAsync(app, 10);
        Leads(other).ShouldBeFalse();

        if (app == "killed") await _stack.Server.KillAsync();
        else await _stack.Server.StopAsync();

        var ended = await Eventually.SeeAsync("the rollout succeeds", () => api.RolloutAsync(id), r => r.Text("phase") == "succeeded");
        ended.Text("outcome").ShouldBe("all traffic is on green, which is stable now");
        Leads(other).ShouldBeTrue();
        await _stack.Server.RestartAsync();
        await log.ShouldHaveSeenAsync(0m, 10m, 50m, 100m);
        (await _stack.GreenAsync(app)).ShouldBe([100m, 100m]);
        (await _stack.Api.HistoryAsync(app)).Select(h => h.GetProperty("kind").GetString()).ShouldBe(
            ["app.created", "rollout.created", "rollout.started", "rollout.advanced", "rollout.promoting", "rollout.succeeded"]);
        var report = await load.StopAsync();
        report.Failures.ShouldBe(0, report.ToString());
    }

    /// <summary>As it said in its log since it was started.</summary>
    private static bool Leads(ServerProcess server) => server.Output.Contains("This process leads", StringComparison.Ordinal);

    [Fact]
    public async Task A_leader_that_hung_past_its_lease_writes_nothing_when_it_goes_on()
    {
        await Eventually.SeeAsync("the stack's own server leads", () => Task.FromResult(Leads(_stack.Server)));
        await using var other = await _stack.StartServerAsync(new ServerSetup { Name = "second server", Roles = "api,controller" });
        using var api = new Api(other.Address, _stack.Token);
        await using var log = new WeightLog(_stack.HAProxies[0], _stack.Backend("hung"));
        await using var load = _stack.Load("hung");
        var id = (await _stack.Api.StartRolloutAsync("hung", Plans.Of(10, 50))).Text("id");
        await _stack.SeeGreenAsync("hung", 10);
        var decided = await Eventually.SeeAsync("the first said what it decided", () => Task.FromResult(Decisions(_stack.Server)), d => d.Count > 0);

        _stack.Server.Freeze();
        await Eventually.SeeAsync("the other leads and goes on to 50 %", () => api.RolloutAsync(id), r => r.Text("phase") == "progressing" && r.Body.GetProperty("step").GetInt32() == 2);
        _stack.Server.Thaw();

        await Eventually.SeeAsync("the rollout succeeds", () => api.RolloutAsync(id), r => r.Text("phase") == "succeeded");
        await Eventually.SeeAsync("the first knows it too", () => _stack.Api.RolloutAsync(id), r => r.Text("phase") == "succeeded");
        await log.ShouldHaveSeenAsync(0m, 10m, 50m, 100m);
        (await _stack.Api.HistoryAsync("hung")).Select(h => h.GetProperty("kind").GetString()).ShouldBe(
            ["app.created", "rollout.created", "rollout.started", "rollout.advanced", "rollout.promoting", "rollout.succeeded"]);
        Decisions(_stack.Server).ShouldBe(decided);
        Leads(other).ShouldBeTrue();
    }

    /// <summary>What it wrote of rollouts, by its log since it was started.</summary>
    private static IReadOnlyList<string> Decisions(ServerProcess server) =>
        [.. server.Output.Split('\n').Where(line => line.Contains(": hung-", StringComparison.Ordinal) && line.Contains("(index ", StringComparison.Ordinal))];

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("killed"), new("stopped"), new("hung")] });
}
