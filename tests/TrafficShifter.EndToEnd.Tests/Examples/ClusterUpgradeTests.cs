using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests.Examples;

/// <summary><c>examples/cluster-upgrade</c> as people get it: the upgrade takes every server of green away for a while.</summary>
[Trait("HAProxy", "any")]
public sealed class ClusterUpgradeTests(ClusterUpgradeTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<ClusterUpgradeTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_cluster_is_changed_in_place_without_a_failed_request_and_everybody_has_what_they_had()
    {
        (await _stack.Api.ShiftAsync("half", 50, 50)).Status.ShouldBe(200);
        (await _stack.Api.ShiftAsync("all", 0, 100)).Status.ShouldBe(200);
        var loads = new[] { "half", "all", "none" }.Select(app => _stack.Load(app, 50)).ToList();
        using var example = new Example(_stack, "cluster-upgrade");
        // The upgrade: no server of green is there, HAProxy has seen it, and they are back only while the script asks already whether they are ready.
        example.Install("upgrade", $$"""
            put() { curl --silent --show-error --fail -X PUT -H 'Content-Type: application/json' --data-raw "{\"refuse\":$1}" {{_stack.Upstream.Admin}}colours/green; }
            put true
            while shifter parity half --to green > /dev/null 2>&1; do :; done
            (sleep 3; put false) > /dev/null 2>&1 < /dev/null &
            """);

        var (code, said) = await example.RunAsync("run.sh", ["green", "upgrade"], ("STEPS", "50%:1s,100%"), ("PAUSE", "1"), ("REASON", "another network layer"));
        output.WriteLine(said);

        code.ShouldBe(0, said);
        said.ShouldContain("not ready: usable servers of green: 0 of 1 on hap1");
        foreach (var load in loads)
        {
            var report = await load.StopAsync();
            (report.Failures, report.Requests > 0).ShouldBe((0, true), $"{report}");
        }
        (await _stack.GreenAsync("half")).ShouldBe([50m, 50m]);
        (await _stack.GreenAsync("all")).ShouldBe([100m, 100m]);
        (await _stack.GreenAsync("none")).ShouldBe([0m, 0m]);
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new Backend("half"), new Backend("all"), new Backend("none")] });
}
