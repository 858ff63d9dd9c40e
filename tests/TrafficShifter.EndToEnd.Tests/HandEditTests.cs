using System.Diagnostics;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>What a person writes with <c>consul kv put</c> counts, and everybody can see that it was done.</summary>
[Trait("HAProxy", "any")]
public sealed class HandEditTests(HandEditTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<HandEditTests.Fixture>
{
    /// <summary>Everything is read again every 60 s anyway: sooner means that the edit was noticed. How soon is printed.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_weight_put_by_hand_is_soon_on_every_node()
    {
        await _stack.KV.PutAsync("weights/plain", """{"blue":50,"green":50}""");
        var written = Stopwatch.GetTimestamp();
        await _stack.SeeGreenAsync("plain", 50);
        var took = Stopwatch.GetElapsedTime(written);

        output.WriteLine($"followed on both nodes after {took.TotalSeconds:0.000} s");
        took.ShouldBeLessThan(Bound);
        await SeeInHistoryAsync("plain", "blue 100% / green 0% → blue 50% / green 50% by hand in the store");
        var status = await Eventually.SeeAsync("the status observed", () => _stack.Api.StatusAsync("plain"), s => s.Body.GetProperty("observed").GetBoolean());
        status.Body.GetProperty("wanted").GetProperty("green").GetString().ShouldBe("50%");
    }

    [Fact]
    public async Task During_a_rollout_it_pauses_the_rollout_and_stays()
    {
        await using var load = _stack.Load("rolling");
        var started = await _stack.Api.StartRolloutAsync("rolling", Plans.Holding("20s", 10, 90));
        started.Status.ShouldBe(201, started.ToString());
        await _stack.SeeGreenAsync("rolling", 10);

        await _stack.KV.PutAsync("weights/rolling", """{"blue":50,"green":50}""");

        var paused = await _stack.SeePhaseAsync(started.Text("id"), "paused");
        paused.Text("pausedReason").ShouldBe("weights changed by hand from blue 90% / green 10% to blue 50% / green 50%");
        await _stack.SeeGreenAsync("rolling", 50);
        await SeeInHistoryAsync("rolling", "blue 90% / green 10% → blue 50% / green 50% by hand in the store");
        (await _stack.Api.HistoryAsync("rolling")).Select(h => h.GetProperty("kind").GetString()).ShouldContain("rollout.paused");

        (await _stack.Api.TellAsync(started.Text("id"), "resume")).Text("sentence").ShouldContain("10% to green is applied again");
        await _stack.SeeGreenAsync("rolling", 10);
        (await _stack.Api.TellAsync(started.Text("id"), "abort")).Status.ShouldBe(200);
        await _stack.SeePhaseAsync(started.Text("id"), "aborted");
        (await _stack.GreenAsync("rolling")).ShouldBe([0m, 0m]);
    }

    [Fact]
    public async Task Under_a_lock_it_is_stored_and_not_applied()
    {
        (await _stack.Api.RollBackAsync("locked")).Status.ShouldBe(200);

        await _stack.KV.PutAsync("weights/locked", """{"blue":50,"green":50}""");

        await SeeInHistoryAsync("locked", "blue 100% / green 0% → blue 50% / green 50% by hand in the store; not applied, all traffic is locked to blue");
        await SeeProblemAsync("locked", "weights blue 50% / green 50% are stored and not applied: all traffic is locked to blue by admin (it burns)");
        (await _stack.GreenAsync("locked")).ShouldBe([0m, 0m]);
        (await _stack.Api.ShiftAsync("locked", 50, 50)).Status.ShouldBe(409);

        (await _stack.Api.UnlockAsync("locked")).Status.ShouldBe(200);
        await Eventually.SeeAsync("no problem left", () => _stack.Api.StatusAsync("locked"), s => s.Body.GetProperty("problems").GetArrayLength() == 0);
        (await _stack.GreenAsync("locked")).ShouldBe([0m, 0m]);
    }

    [Theory]
    [InlineData("notjson", "{\"blue\":50,\"green\"")]
    [InlineData("negative", """{"blue":-1,"green":50}""")]
    public async Task A_broken_value_is_ignored_and_named(string app, string value)
    {
        (await _stack.Api.ShiftAsync(app, 80, 20)).Status.ShouldBe(200);

        await _stack.KV.PutAsync($"weights/{app}", value);

        await SeeInHistoryAsync(app, $"weights/{app} is not valid: ");
        await SeeProblemAsync(app, $"weights/{app} is not valid: ");
        (await _stack.GreenAsync(app)).ShouldBe([20m, 20m]);

        (await _stack.Api.ShiftAsync(app, 70, 30)).Status.ShouldBe(200);
        (await _stack.GreenAsync(app)).ShouldBe([30m, 30m]);
    }

    private async Task SeeInHistoryAsync(string app, string sentence) => await Eventually.SeeAsync(
        $"in the history of {app}: {sentence}",
        async () => string.Join('\n', (await _stack.Api.HistoryAsync(app)).Where(h => h.GetProperty("kind").GetString() == "weights.setByHand").Select(h => h.GetProperty("sentence").GetString())),
        sentences => sentences.Contains(sentence, StringComparison.Ordinal));

    private async Task SeeProblemAsync(string app, string problem) => await Eventually.SeeAsync(
        $"in the status of {app}: {problem}", () => _stack.Api.StatusAsync(app), status => status.Body.GetProperty("problems").ToString().Contains(problem, StringComparison.Ordinal));

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("plain"), new("rolling"), new("locked"), new("notjson"), new("negative")] });
}
