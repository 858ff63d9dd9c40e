using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>All controllers are gone: of two api replicas one takes the canary back, by Consul alone.</summary>
[Trait("HAProxy", "any")]
public sealed class FailsafeTests(FailsafeTests.Fixture fixture) : IClassFixture<FailsafeTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Without_controllers_one_api_replica_rolls_back_and_the_next_leader_ends_the_rollout()
    {
        await using var first = await _stack.StartServerAsync(new ServerSetup { Name = "first api", Roles = "api" });
        await using var second = await _stack.StartServerAsync(new ServerSetup { Name = "second api", Roles = "api" });
        using var api = new Api(first.Address, _stack.Token);
        var started = await _stack.Api.StartRolloutAsync("shop", new
        {
            steps = new[] { new { share = "10%", hold = "10m" } },
            checks = new[] { new { name = "one", query = "vector(0)", max = 0.5, window = "3s", interval = "1s" } },
            controllerLoss = new { after = "5s", @do = "failsafe" },
        });
        started.Status.ShouldBe(201, started.ToString());
        var id = started.Text("id");
        await _stack.SeeGreenAsync("shop", 10);

        await _stack.Server.StopAsync();

        await _stack.SeeGreenAsync("shop", 0);
        var rollingBack = await api.RolloutAsync(id);
        rollingBack.Text("phase").ShouldBe("rollingBack");
        rollingBack.Text("outcome").ShouldStartWith("no controller has led for ");
        string[] told = [first.Output, second.Output];
        told.Count(output => output.Contains("no controller has led for", StringComparison.Ordinal)).ShouldBe(1);

        await _stack.Server.RestartAsync();
        await _stack.SeePhaseAsync(id, "rolledBack");
        (await _stack.Api.HistoryAsync("shop")).Select(h => h.GetProperty("kind").GetString()).ShouldBe(
            ["app.created", "rollout.created", "rollout.started", "rollout.rollingBack", "rollout.rolledBack"]);
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("shop")] });
}
