using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Overview;

/// <summary>How many nodes have an application as it is wanted, by what each said of all.</summary>
public sealed class FleetNodesTests
{
    private static readonly FleetNodes Four = new(5, new Dictionary<string, NodeLiveness>
    {
        ["hap1"] = new() { ObservedIndex = 10 },
        ["hap2"] = new() { ObservedIndex = 20, Exceptions = ["shop", "shop"] },
        ["hap3"] = new() { ObservedIndex = 20, Exceptions = ["shop"], Problem = "HAProxy is away" },
        ["hap4"] = new() { ObservedIndex = 20, Exceptions = ["cart"] },
    });

    [Theory]
    [InlineData("shop", 5, 2)]
    [InlineData("shop", 20, 1)]
    [InlineData("cart", 20, 1)]
    [InlineData("cart", 21, 0)]
    [InlineData("other", 10, 3)]
    [InlineData("other", 11, 2)]
    public void Counted_are_nodes_without_a_problem_that_are_so_far_and_do_not_name_the_application(string app, ulong index, int nodes) => Four.CountObserved(AppName.Parse(app), index).ShouldBe(nodes);

    [Fact]
    public void Nodes_that_name_an_application_are_told_once_each() => Four.FindDrifting(AppName.Parse("shop")).ShouldBe(["hap2", "hap3"]);
}
