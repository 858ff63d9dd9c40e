using TrafficShifter.Faults.Running;
using Xunit.Abstractions;

namespace TrafficShifter.Faults.Tests;

/// <summary>The short form of <c>./dev test --faults</c>: one fault of each class on real processes.</summary>
public sealed class LiveTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_invariant_is_broken_by_one_fault_of_each_class()
    {
        var results = await Harness.RunAllAsync(new RunOptions { Short = true, Seed = 20 }, CancellationToken.None);

        foreach (var result in results) output.WriteLine(result.ToString());
        results.SelectMany(r => r.Violations.Select(v => $"{r.Name}: {v}")).ShouldBeEmpty();
        results.Sum(r => r.BeyondControl).ShouldBe(0);
        results.Min(r => r.Requests).ShouldBeGreaterThan(0);
        results.Min(r => r.Changes).ShouldBeGreaterThan(0);
    }
}
