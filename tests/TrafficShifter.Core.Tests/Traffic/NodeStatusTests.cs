using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class NodeStatusTests
{
    private static readonly AppObservation Seen = new() { Node = "hap1", App = AppName.Parse("shop"), Served = true, InSync = true, Index = 10 };

    [Fact]
    public void A_node_that_has_not_acted_yet_is_lagging() =>
        NodeStatus.Of("hap1", Seen, watermark: 10, index: 11).Progress.ShouldBe(NodeProgress.Lagging);

    [Fact]
    public void A_node_whose_HAProxy_cannot_be_driven_is_failing_however_far_it_came()
    {
        var broken = Seen with { InSync = false, NodeFailing = true, Problem = "Permission denied" };

        NodeStatus.Of("hap1", broken, watermark: 10, index: 11).ShouldBe(new NodeStatus { Node = "hap1", Progress = NodeProgress.Failing, Observation = broken, Acknowledged = 10, Problem = "Permission denied" });
        NodeStatus.Of("hap1", broken, watermark: 11, index: 11).Progress.ShouldBe(NodeProgress.Failing);
    }
}
