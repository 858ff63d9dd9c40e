using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Users get the share that was asked for, and changing it costs none of them an error.</summary>
[Collection(Alone.Name)]
public sealed class ShareTests(ShareTests.Fixture fixture, Xunit.Abstractions.ITestOutputHelper output) : IClassFixture<ShareTests.Fixture>
{
    private const int Requests = 20_000;
    private const int Changes = 1_000;
    private readonly ShiftingStack _stack = fixture.Stack;

    [Theory]
    [InlineData("even")]
    [InlineData("uneven")]
    public async Task Of_20000_requests_at_90_to_10_green_gets_a_tenth(string app)
    {
        (await _stack.Api.ShiftAsync(app, 90, 10)).Status.ShouldBe(200);
        (await _stack.GreenAsync(app)).ShouldBe([10m, 10m]);

        var report = await new LoadGenerator(_stack.LoadOf(app) with { Count = Requests }).RunAsync();

        output.WriteLine($"{app}: green {100 * report.RatioOf(Colour.Green):0.000} % of {report} at {report.RequestsPerSecond:0} a second");
        report.Requests.ShouldBe(Requests);
        report.Failures.ShouldBe(0, report.ToString());
        (100 * report.RatioOf(Colour.Green)).ShouldBe(10, tolerance: 0.2);
    }

    [Fact]
    public async Task A_thousand_changes_under_load_fail_no_request()
    {
        await using var load = _stack.Load("busy", requestsPerSecond: 1_000);
        for (var i = 0; i < Changes; i++)
        {
            // Every fifth is from one end to the other, the rest wander in between.
            var green = (i % 10) switch { 0 => 100, 5 => 0, _ => (i * 37) % 101 };
            var answer = await _stack.Api.ShiftAsync("busy", 100 - green, green);
            answer.Status.ShouldBe(200, answer.ToString());
        }
        (await _stack.Api.ShiftAsync("busy", 70, 30)).Status.ShouldBe(200);

        (await _stack.GreenAsync("busy")).ShouldBe([30m, 30m]);
        var report = await load.StopAsync();
        output.WriteLine($"{Changes} changes in {report.Elapsed.TotalSeconds:0.0} s, each observed on both nodes; {report}");
        report.Failures.ShouldBe(0, report.ToString());
        report.Of(Colour.Blue).Requests.ShouldBePositive();
        report.Of(Colour.Green).Requests.ShouldBePositive();
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new("even"), new("uneven", 3, 2), new("busy")], WithMetrics = false });
}
