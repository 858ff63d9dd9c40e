using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>What a plan says for the time in which no controller leads, and what an api replica makes of it.</summary>
public sealed class ControllerLossTests
{
    private static readonly Plan Failsafe = SomeRollout.Plan with { ControllerLoss = new() { Do = LossAction.Failsafe } };
    private static readonly RolloutCommand Lost = new RolloutCommand.LoseControllers(TimeSpan.FromMinutes(5));

    [Fact]
    public void A_share_that_nobody_measures_goes_back_to_stable_and_the_next_leader_sees_it_through()
    {
        var world = new SomeRollout(Failsafe);
        world.Until<Decision.Advance>();

        var decision = world.Turn(0, Lost).ShouldBeOfType<Decision.RollBack>();

        decision.Sentence.ShouldBe("no controller has led for 5m (failsafe after 5m), so nobody asks the checks: all traffic back to blue");
        decision.By.ShouldBe("failsafe");
        world.Weights.Value!.Green.ShouldBe(0);
        world.Rollout.Phase.ShouldBe(RolloutPhase.RollingBack);
        world.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.RolledBack);
    }

    [Fact]
    public void Paused_at_a_share_of_its_own_it_goes_back_too()
    {
        var world = new SomeRollout(Failsafe);
        world.Until<Decision.Start>();
        world.Turn(1, new RolloutCommand.Pause("anna"));
        world.Turn(0, Lost).ShouldBeOfType<Decision.RollBack>();
    }

    [Fact]
    public void By_default_the_weights_stay()
    {
        var world = new SomeRollout();
        world.Until<Decision.Start>();
        world.Turn(0, new RolloutCommand.LoseControllers(TimeSpan.FromDays(1))).ShouldBe(new Decision.Hold(HoldReason.Nothing, "no controller leads; the weights stay"));
    }

    [Theory]
    [InlineData("too early")]
    [InlineData("nothing moved yet")]
    [InlineData("weights of a person")]
    [InlineData("promoting")]
    [InlineData("rolling back")]
    public void Nothing_else_is_touched(string what)
    {
        var world = new SomeRollout(Failsafe);
        switch (what)
        {
            case "too early": world.Until<Decision.Start>(); break;
            case "weights of a person": world.Until<Decision.Start>(); world.WriteWeights(30, 70, "ben"); break;
            case "promoting": world.Until<Decision.Promote>(); break;
            case "rolling back": world.Until<Decision.Start>(); world.Turn(1, new RolloutCommand.Abort("anna")); break;
        }
        var (phase, weights) = (world.Rollout.Phase, world.Weights);

        world.Turn(0, what == "too early" ? new RolloutCommand.LoseControllers(TimeSpan.FromSeconds(299)) : Lost).ShouldBeOfType<Decision.Hold>();

        (world.Rollout.Phase, world.Weights).ShouldBe((phase, weights));
    }
}
