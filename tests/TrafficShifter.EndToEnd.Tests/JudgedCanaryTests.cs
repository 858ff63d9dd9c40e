using System.Diagnostics;
using System.Text.Json;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Canaries that are judged by HAProxy's access log alone, no query in their plan. All at once, each with servers of its own.</summary>
[Collection(Alone.Name)]
public sealed class JudgedCanaryTests(JudgedCanaryTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<JudgedCanaryTests.Fixture>
{
    private static readonly object Plan = new { steps = new[] { new { share = "20%", hold = "10m" } } };
    private static readonly ColourBehaviour Healthy = new() { ErrorRatio = 0.001 };
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task What_only_the_candidate_does_is_rolled_back_and_what_both_sides_share_is_not() => await Task.WhenAll(
        BreakAsync("failing", new() { ErrorRatio = 1 }, mostBad: 250),
        BreakAsync("worse", new() { ErrorRatio = 0.05 }, mostBad: 120),
        BreakAsync("refusing", new() { Refuse = true }, mostBad: 120),
        ShareAsync("outage"));

    private async Task BreakAsync(string app, ColourBehaviour fault, int mostBad)
    {
        await using var load = _stack.Load(app, requestsPerSecond: 150);
        var id = await BeginAsync(app);
        var before = load.Now;

        await _stack.UpstreamOf(app).SetAsync(Colour.Green, fault);
        var broken = Stopwatch.GetTimestamp();
        await _stack.SeeGreenAsync(app, 0);
        var took = Stopwatch.GetElapsedTime(broken);

        var ended = await _stack.SeePhaseAsync(id, "rolledBack", "succeeded", "paused", "aborted");
        var report = await load.StopAsync();
        output.WriteLine($"{app}: back on all nodes {took.TotalSeconds:0.0} s after the fault, {report.Failures - before.Failures} bad requests: {ended.Text("outcome")}");
        ended.Text("phase").ShouldBe("rolledBack", ended.ToString());
        (report.Failures - before.Failures).ShouldBeLessThan(mostBad, report.ToString());
    }

    private async Task ShareAsync(string app)
    {
        await using var load = _stack.Load(app, requestsPerSecond: 150);
        var id = await BeginAsync(app);

        foreach (var colour in new[] { Colour.Blue, Colour.Green }) await _stack.UpstreamOf(app).SetAsync(colour, new ColourBehaviour { ErrorRatio = 0.3 });
        await SeeJudgeAsync(id, judge => judge.GetProperty("stable").GetProperty("bad").GetInt64() >= 300 && judge.GetProperty("candidate").GetProperty("bad").GetInt64() >= 60);

        var rollout = await _stack.Api.RolloutAsync(id);
        rollout.Text("phase").ShouldBe("progressing", rollout.ToString());
        rollout.Text("sentence").ShouldContain("blue fails more than usual by itself");
        (await _stack.GreenAsync(app)).ShouldAllBe(green => green == 20);
        (await _stack.Api.TellAsync(id, "abort")).Status.ShouldBe(200);
    }

    /// <summary>Starts a rollout, and returns its id once its judge has seen enough of the candidate to compare.</summary>
    private async Task<string> BeginAsync(string app)
    {
        foreach (var colour in new[] { Colour.Blue, Colour.Green }) await _stack.UpstreamOf(app).SetAsync(colour, Healthy);
        var started = await _stack.Api.StartRolloutAsync(app, Plan);
        started.Status.ShouldBe(201, started.ToString());
        await SeeJudgeAsync(started.Text("id"), judge => judge.GetProperty("candidate").GetProperty("requests").GetInt64() >= 60);
        return started.Text("id");
    }

    private Task<ApiReply> SeeJudgeAsync(string id, Func<JsonElement, bool> expected) => Eventually.SeeAsync(
        "the judge's counts", () => _stack.Api.RolloutAsync(id), seen => seen.Body.TryGetProperty("judge", out var judge) && expected(judge));

    public sealed class Fixture() : StackFixture(new StackSetup
    {
        OwnUpstreams = true,
        Backends = [new("failing", 2, 2), new("worse", 2, 2), new("refusing", 2, 2), new("outage", 2, 2)],
    });
}
