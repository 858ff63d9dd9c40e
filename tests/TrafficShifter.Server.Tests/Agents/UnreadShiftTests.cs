using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>A shift is set by what was seen last, and what is read back decides.</summary>
public sealed class UnreadShiftTests : OneNode
{
    [Fact]
    public async Task A_shift_that_leaves_both_colours_some_weight_reads_nothing_first()
    {
        await ShiftAsync(("shop", 90));
        var asked = LoadBalancer.Readings;

        await ShiftAsync(("shop", 75));

        LoadBalancer.Readings.ShouldBe(asked);
        (Blue("shop"), Green("shop")).ShouldBe((3 * Green("shop"), Green("shop")));
        Seen().Observed!.Value.ToString().ShouldBe("25%");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_shift_that_takes_all_from_a_colour_reads_first(int blue)
    {
        await ShiftAsync(("shop", 90));
        var asked = LoadBalancer.Readings;

        await ShiftAsync(("shop", blue));

        LoadBalancer.Readings.ShouldBeGreaterThan(asked);
    }

    [Fact]
    public async Task Servers_that_died_unseen_are_found_when_the_weights_are_read_back()
    {
        HAProxy.Configure("shop", ("blue1", 100), ("blue2", 100), ("green1", 100), ("green2", 100));
        await ShiftAsync(("shop", 90));
        HAProxy.SetHealth("shop", "green2", ServerHealth.Down);

        await ShiftAsync(("shop", 50));

        // Green's one server that is left takes what its two would.
        Green("shop").ShouldBeInRange(2 * Blue("shop") - 1, 2 * Blue("shop") + 1);
        Seen().InSync.ShouldBeTrue();
    }

    [Fact]
    public async Task Weights_that_somebody_changed_unseen_are_put_right_with_the_shift()
    {
        HAProxy.Configure("shop", ("blue1", 100), ("blue2", 100), ("green1", 100));
        await ShiftAsync(("shop", 90));
        HAProxy.Set(new SetServerWeight(ProxyName.Parse("shop"), ProxyName.Parse("blue2"), 7));

        await ShiftAsync(("shop", 80));

        Blue("shop").ShouldBe(HAProxy.WeightOf("shop", "blue2"));
        Seen().Observed!.Value.ToString().ShouldBe("20%");
    }

    [Fact]
    public async Task A_colour_that_died_unseen_gets_nothing_more()
    {
        await ShiftAsync(("shop", 90));
        var before = (Blue("shop"), Green("shop"));
        HAProxy.SetHealth("shop", "green1", ServerHealth.Down);

        await ShiftAsync(("shop", 50));

        (Blue("shop"), Green("shop")).ShouldBe(before);
        Seen().Problem!.ShouldContain("green has no usable server");
    }

    [Fact]
    public async Task A_backend_that_is_gone_is_found_as_well()
    {
        await ShiftAsync(("shop", 90));
        HAProxy.Remove("shop");

        await ShiftAsync(("shop", 80));

        Seen().Served.ShouldBeFalse();
    }

    private Core.Traffic.AppObservation Seen() => Agent.Find(AppName.Parse("shop"), 0);
}
