using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary><c>kill -9</c> of the api and controller in every phase: the rollout goes on where it was, no weight jumps, no step is skipped.</summary>
[Trait("HAProxy", "any")]
public sealed class KilledServerTests : IAsyncLifetime
{
    private static readonly object Plan = Plans.Of(10, 50, 80);
    private ShiftingStack _stack = null!;

    public async Task InitializeAsync() => _stack = await ShiftingStack.StartAsync(new StackSetup { Backends = [new("shop"), new("other")] });

    public async Task DisposeAsync() => await _stack.DisposeAsync();

    [Fact]
    public async Task Pending_progressing_paused_and_promoting_go_on_after_a_kill()
    {
        await using var load = _stack.Load("shop");
        await using var first = new WeightLog(_stack.HAProxies[0], _stack.Backend("shop"));
        await using var second = new WeightLog(_stack.HAProxies[1], _stack.Backend("shop"));

        // Without metrics nothing begins: the rollout stays pending for as long as it takes.
        await _stack.VictoriaMetrics.StopAsync();
        var started = await _stack.Api.StartRolloutAsync("shop", Plan);
        started.Status.ShouldBe(201, started.ToString());
        var id = started.Text("id");
        await KillInAsync(id, "pending");
        await _stack.VictoriaMetrics.RestartAsync();

        await Eventually.SeeAsync("step 1 is counted", () => _stack.Api.RolloutAsync(id), r => r.Text("phase") == "progressing" && r.Text("sentence").Contains("held", StringComparison.Ordinal));
        await KillInAsync(id, "progressing");
        await _stack.SeeGreenAsync("shop", 50);

        (await _stack.Api.TellAsync(id, "pause")).Text("phase").ShouldBe("paused");
        await KillInAsync(id, "paused");
        (await _stack.Api.RolloutAsync(id)).Text("phase").ShouldBe("paused");
        (await _stack.Api.TellAsync(id, "resume")).Text("phase").ShouldBe("progressing");

        // Promoting lasts until the next turn at the least: its weights are seen in Consul at once.
        await Eventually.SeeAsync("100 % to green in Consul", async () => (await _stack.KV.GetAsync("weights/shop")).GetProperty("green").GetInt32() == 100);
        await KillInAsync(id, "promoting");

        var ended = await _stack.SeePhaseAsync(id, "succeeded");
        ended.Text("outcome").ShouldBe("all traffic is on green, which is stable now");
        (await _stack.Api.StatusAsync("shop")).Text("stable").ShouldBe("green");
        await _stack.SeeGreenAsync("shop", 100);
        await first.ShouldHaveSeenAsync(0m, 10m, 50m, 80m, 100m);
        await second.ShouldHaveSeenAsync(0m, 10m, 50m, 80m, 100m);
        (await KindsAsync("shop")).ShouldBe([
            "app.created", "rollout.created", "rollout.started", "rollout.advanced", "rollout.paused", "rollout.resumed", "rollout.advanced", "rollout.promoting", "rollout.succeeded"]);
        var report = await load.StopAsync();
        report.Failures.ShouldBe(0, report.ToString());
    }

    [Fact]
    public async Task Rolling_back_goes_on_after_a_kill()
    {
        await using var load = _stack.Load("other");
        await using var first = new WeightLog(_stack.HAProxies[0], _stack.Backend("other"));
        var started = await _stack.Api.StartRolloutAsync("other", Plan);
        var id = started.Text("id");
        await _stack.SeeGreenAsync("other", 10);

        // A node that hangs keeps the rollback from ending.
        _stack.HAProxies[1].Freeze();
        (await _stack.Api.TellAsync(id, "abort")).Text("phase").ShouldBe("rollingBack");
        await KillInAsync(id, "rollingBack");
        (await _stack.Api.RolloutAsync(id)).Text("phase").ShouldBe("rollingBack");
        (await RawWeights.GreenAsync(_stack.HAProxies[0], _stack.Backend("other"))).ShouldBe(0);
        await Eventually.SeeAsync("the rollback waits for hap2", () => _stack.Api.RolloutAsync(id), r => r.Text("sentence").Contains("waiting for node hap2", StringComparison.Ordinal));
        _stack.HAProxies[1].Thaw();

        var ended = await _stack.SeePhaseAsync(id, "aborted");
        ended.Text("outcome").ShouldBe("aborted by admin: all traffic back to blue");
        (await _stack.GreenAsync("other")).ShouldBe([0m, 0m]);
        await first.ShouldHaveSeenAsync(0m, 10m, 0m);
        (await KindsAsync("other")).ShouldBe(["app.created", "rollout.created", "rollout.started", "rollout.aborting", "rollout.aborted"]);
    }

    /// <summary>kill -9 while the stored rollout is in the phase; nothing moves until the server is back.</summary>
    private async Task KillInAsync(string rollout, string phase)
    {
        await _stack.Server.KillAsync();
        var app = rollout[..rollout.LastIndexOf('-')];
        (await _stack.KV.GetAsync($"rollouts/{app}/{rollout}")).GetProperty("phase").GetString().ShouldBe(phase);
        await _stack.Server.RestartAsync();
    }

    private async Task<IEnumerable<string?>> KindsAsync(string app) => (await _stack.Api.HistoryAsync(app)).Select(h => h.GetProperty("kind").GetString());
}
