using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Servers that are down: no colour gets more traffic than it has servers for, and a rollback to a dead one calls for somebody.</summary>
public sealed class ServersTests
{
    [Theory]
    [InlineData("50%", 2, 4, true)]
    [InlineData("50%", 1, 4, false)]
    [InlineData("50%", 1, 1, true)]
    [InlineData("100%", 3, 4, false)]
    [InlineData("0%", 1, 10, true)]
    [InlineData("0%", 0, 10, false)]
    [InlineData("50%", 0, 0, false)]
    public void Enough_is_a_part_of_them_and_at_least_one(string least, int usable, int all, bool enough) =>
        new ServerCount(usable, all).IsAtLeast(Share.Parse(least)).ShouldBe(enough);

    [Fact]
    public void Nothing_starts_without_enough_servers()
    {
        var world = new SomeRollout { Nodes = With(NodeObservation.Observed, green: 1) };
        world.Turn().ShouldBe(new Decision.Hold(HoldReason.Servers, "not started: usable servers of green: 1 of 4 on hap2, at least 50% needed"));
        world.Nodes = With(NodeObservation.Observed, green: 2);
        world.Turn().ShouldBeOfType<Decision.Start>();
    }

    [Fact]
    public void A_step_whose_time_is_over_waits_for_servers_and_goes_on_with_them()
    {
        var world = new SomeRollout();
        world.Until<Decision.Start>();
        world.Nodes = With(NodeObservation.Observed, green: 0);
        for (var i = 0; i < 20; i++) world.Turn().ShouldBeOfType<Decision.Hold>();
        world.Last.ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Servers);
        world.Last!.Sentence.ShouldContain(", but usable servers of green: 0 of 4 on hap2, at least 50% needed");
        world.Nodes = With(NodeObservation.Observed, green: 4);
        world.Turn().ShouldBeOfType<Decision.Advance>();
    }

    [Fact]
    public void Waiting_for_servers_ends_with_the_steps_deadline()
    {
        var world = new SomeRollout(SomeRollout.Plan with { StepDeadline = TimeSpan.FromSeconds(15) });
        world.Until<Decision.Start>();
        world.Nodes = With(NodeObservation.Observed, green: 0);
        world.Until<Decision.Pause>().Sentence.ShouldEndWith("did not end within its deadline of 15s; usable servers of green: 0 of 4 on hap2, at least 50% needed");
    }

    [Fact]
    public void A_rollback_whose_target_is_dead_holds_however_long_and_is_told_once()
    {
        var world = new SomeRollout();
        world.Until<Decision.Advance>();
        world.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        world.Until<Decision.RollBack>();
        var before = world.Rollout;
        world.Nodes = With(NodeObservation.Failing, blue: 0);

        for (var i = 0; i < 300; i++)
            world.Turn().ShouldBe(new Decision.Hold(HoldReason.Servers, "all traffic back to blue: usable servers of blue: 0 of 4 on hap2; the traffic there stays where it is until one is usable"));

        RolloutChanges.FindAlarm(before, world.Rollout).ShouldNotBeNull();
        RolloutChanges.FindAlarm(world.Rollout, world.Rollout).ShouldBeNull();
        RolloutChanges.Checkpoint(before, world.Rollout, world.Tick!, "01JD2X3Y4Z5A6B7C8D9E0F1G2J").Changes[^1].Key.ShouldBe("history/shop/01JD2X3Y4Z5A6B7C8D9E0F1G2J");
        world.Nodes = With(NodeObservation.Observed);
        world.Turn().ShouldBeOfType<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.RolledBack);
    }

    [Fact]
    public void A_colour_that_is_down_to_its_last_server_still_takes_a_rollback()
    {
        var world = new SomeRollout();
        world.Until<Decision.Start>();
        world.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        world.Until<Decision.RollBack>();
        world.Nodes = With(NodeObservation.Observed, blue: 1);
        world.Turn().ShouldBeOfType<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.RolledBack);
    }

    /// <summary>Two nodes with four servers of each colour; on the second these are usable.</summary>
    private static NodeReport With(NodeObservation second, int blue = 4, int green = 4) => new([
        new RolloutNode("hap1", NodeObservation.Observed, TimeSpan.Zero, Servers: new(new(4, 4), new(4, 4))),
        new RolloutNode("hap2", second, TimeSpan.FromMinutes(10), Servers: new(new(blue, 4), new(green, 4))),
    ]);
}
