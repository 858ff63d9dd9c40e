using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>The way back beats everything: a running rollout ends, the lock holds until somebody takes it away.</summary>
[Trait("HAProxy", "any")]
public sealed class EmergencyRollbackTests(EmergencyRollbackTests.Fixture fixture) : IClassFixture<EmergencyRollbackTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task One_application_goes_back_and_its_rollout_ends()
    {
        await using var load = _stack.Load("one");
        var rollout = await BeginAsync("one");

        var answer = await _stack.Api.RollBackAsync("one");

        answer.Status.ShouldBe(200, answer.ToString());
        (await _stack.GreenAsync("one")).ShouldBe([0m, 0m]);
        var ended = await _stack.SeePhaseAsync(rollout, "rolledBack");
        ended.Text("outcome").ShouldBe("all traffic was locked to blue by admin: it burns");
        (await _stack.Api.ShiftAsync("one", 50, 50)).Status.ShouldBe(409);
        (await _stack.Api.StartRolloutAsync("one", Plans.Of(10))).Status.ShouldBe(409);

        (await _stack.Api.UnlockAsync("one")).Status.ShouldBe(200);
        (await _stack.Api.ShiftAsync("one", 50, 50)).Status.ShouldBe(200);
        (await _stack.GreenAsync("one")).ShouldBe([50m, 50m]);
        var report = await load.StopAsync();
        report.Failures.ShouldBe(0, report.ToString());
    }

    [Fact]
    public async Task All_applications_go_back_in_one_write()
    {
        await using var load = _stack.Load("two");
        var rollout = await BeginAsync("two");
        (await _stack.Api.ShiftAsync("three", 50, 50)).Status.ShouldBe(200);

        var answer = await _stack.Api.RollBackAllAsync();

        answer.Status.ShouldBe(200, answer.ToString());
        await _stack.SeeGreenAsync("two", 0);
        await _stack.SeeGreenAsync("three", 0);
        (await _stack.SeePhaseAsync(rollout, "rolledBack")).Text("outcome").ShouldBe("all traffic was locked to blue by admin: everything burns");
        foreach (var app in new[] { "two", "three" })
        {
            var swept = await Eventually.SeeAsync($"the history of {app} tells of it", () => _stack.Api.HistoryAsync(app), h => h.Any(e => e.GetProperty("kind").GetString() == "app.rolledBack"));
            swept.Count(e => e.GetProperty("kind").GetString() == "app.rolledBack").ShouldBe(1);
            (await _stack.Api.ShiftAsync(app, 50, 50)).Status.ShouldBe(409);
            (await _stack.Api.UnlockAsync(app)).Status.ShouldBe(200);
            (await _stack.Api.ShiftAsync(app, 60, 40)).Status.ShouldBe(200);
            (await _stack.GreenAsync(app)).ShouldBe([40m, 40m]);
        }
        var report = await load.StopAsync();
        report.Failures.ShouldBe(0, report.ToString());
    }

    /// <summary>A rollout that holds its first step, at 10 %.</summary>
    private async Task<string> BeginAsync(string app)
    {
        var started = await _stack.Api.StartRolloutAsync(app, Plans.Holding("60s", 10, 50));
        started.Status.ShouldBe(201, started.ToString());
        await _stack.SeeGreenAsync(app, 10);
        return started.Text("id");
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("one"), new("two"), new("three")] });
}
