using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class GateTests
{
    private static readonly Gate Asked = new() { Approvers = ["anna", "ben"], Expires = TimeSpan.FromMinutes(5) };

    [Fact]
    public void A_step_that_has_passed_asks_and_goes_on_when_a_person_approves()
    {
        var some = AtGate();
        some.Last.ShouldBe(new Decision.Ask("step 1 of 2 at 5% has passed and waits for approval by anna or ben, up to 5m; errors: 0.001 is within max 0.01 (over 5s)"));
        for (var i = 0; i < 60; i++) some.Turn().ShouldBe(new Decision.Hold(HoldReason.Gate, "step 1 of 2 at 5% waits for approval by anna or ben; errors: 0.001 is within max 0.01 (over 5s)"));
        some.Rollout.StepElapsed.ShouldBe(TimeSpan.FromSeconds(10), "the step's clock stands");
        some.Turn(1, new RolloutCommand.Approve("ben", "looks good")).ShouldBe(new Decision.Approve("approved by ben (looks good): it goes on from 5%") { By = "ben" });
        some.Turn().Sentence.ShouldStartWith("step 2 of 2: 50% to green: held 11s at 5%, approved by ben; errors:");
        some.Rollout.Gate.ShouldBeNull();
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Fact]
    public void A_person_who_rejects_sends_everything_back()
    {
        var some = AtGate();
        some.Turn(1, new RolloutCommand.Reject("anna", "ugly")).ShouldBe(new Decision.Reject("rejected by anna (ugly) at 5%: all traffic back to blue") { By = "anna" });
        some.Weights.Value!.ShareOf(Colour.Green).ShouldBe(Share.None);
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Aborted);
        some.Rollout.Outcome.ShouldBe("rejected by anna (ugly) at 5%: all traffic back to blue");
    }

    [Fact]
    public void Who_is_not_asked_is_refused_and_so_is_a_second_word()
    {
        var some = AtGate();
        some.Turn(1, new RolloutCommand.Approve("carl")).ShouldBe(new Decision.Hold(HoldReason.Permission, "carl is not among those who may approve: anna, ben"));
        some.Turn(1, new RolloutCommand.Reject("carl")).ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Permission);
        some.Turn(1, new RolloutCommand.Approve("anna")).ShouldBeOfType<Decision.Approve>();
        some.Turn(0, new RolloutCommand.Approve("ben")).ShouldBe(new Decision.Hold(HoldReason.Nothing, "it was approved by anna already"));
        some.Turn(0, new RolloutCommand.Reject("ben")).ShouldBe(new Decision.Hold(HoldReason.Nothing, "it was approved by anna already"));
    }

    [Fact]
    public void Before_the_gate_there_is_nothing_to_approve()
    {
        var some = Gated(Asked);
        some.Turn();
        some.Turn(1, new RolloutCommand.Approve("anna")).ShouldBe(new Decision.Hold(HoldReason.Nothing, "there is nothing to approve: no gate is waiting"));
        some.Until<Decision.Ask>();
    }

    [Fact]
    public void Checks_go_on_at_a_gate_and_roll_back()
    {
        var some = AtGate();
        for (var i = 0; i < 20; i++) some.Turn();
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>().Sentence.ShouldStartWith("errors: 0.5 is beyond max 0.01");
    }

    [Fact]
    public void An_approved_step_still_needs_its_checks_at_that_moment()
    {
        var some = AtGate();
        some.Measure = (due, at) => SomeRollout.Insufficient(due.Check.Name, at);
        some.Turn(3);
        some.Turn(1, new RolloutCommand.Approve("anna"));
        some.Turn().ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Checks);
        some.Measure = (due, at) => SomeRollout.Passed(due.Check.Name, at);
        some.Until<Decision.Advance>();
    }

    [Theory]
    [InlineData(DeadlineAction.Pause, typeof(Decision.Pause))]
    [InlineData(DeadlineAction.Rollback, typeof(Decision.RollBack))]
    public void A_gate_expires_and_not_while_the_rollout_is_paused_or_stands_still(DeadlineAction action, Type decision)
    {
        var some = Gated(Asked with { OnExpiry = action });
        some.Until<Decision.Ask>();
        some.Turn(1, new RolloutCommand.Pause("anna"));
        for (var i = 0; i < 20; i++) some.Turn(60);
        some.Turn(1, new RolloutCommand.Resume("anna"));
        some.Standstill = "frozen";
        for (var i = 0; i < 20; i++) some.Turn(60).ShouldBeOfType<Decision.Hold>();
        some.Standstill = null;
        while (some.Turn(10) is Decision.Hold) { }
        some.Last!.GetType().ShouldBe(decision);
        some.Last.Sentence.ShouldStartWith("step 1 of 2 at 5% was not approved within 5m");
        some.Rollout.Gate!.Waited.ShouldBe(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void A_gate_that_expired_waits_anew_after_resume()
    {
        var some = AtGate();
        while (some.Turn(10) is Decision.Hold) { }
        some.Turn(1, new RolloutCommand.Resume("anna"));
        some.Turn().ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Gate);
        some.Turn(1, new RolloutCommand.Approve("anna")).ShouldBeOfType<Decision.Approve>();
    }

    [Fact]
    public void A_gate_of_four_eyes_wants_the_word_of_somebody_else_than_who_started_it()
    {
        var some = AtGate(Asked with { FourEyes = true });
        var refused = new Decision.Hold(HoldReason.Nothing, "anna started it, and this gate wants the word of somebody else");
        some.Turn(1, new RolloutCommand.Approve("anna")).ShouldBe(refused);
        some.Turn(0, new RolloutCommand.Approve("carl")).ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Permission);
        some.Turn(0, new RolloutCommand.Promote("anna", "hurry")).ShouldBe(new Decision.Hold(HoldReason.Nothing, "anna started it, and promoting would pass the gate at 5%, which wants the word of somebody else"));
        some.Turn(0, new RolloutCommand.Approve("ben")).ShouldBeOfType<Decision.Approve>();
        some.Turn(0, new RolloutCommand.Promote("anna", "hurry")).ShouldBeOfType<Decision.Promote>("the gate is behind");
    }

    [Fact]
    public void Who_started_it_does_not_promote_past_a_gate_of_four_eyes_that_is_still_to_come_and_others_do()
    {
        var some = Gated(Asked with { FourEyes = true });
        some.Turn();
        some.Turn(1, new RolloutCommand.Pause("anna")).ShouldBeOfType<Decision.Pause>();
        some.Turn(0, new RolloutCommand.Promote("anna", "hurry")).ShouldBeOfType<Decision.Hold>().Why.ShouldBe(HoldReason.Nothing);
        some.Turn(0, new RolloutCommand.Promote("ben", "hotfix")).ShouldBeOfType<Decision.Promote>();
    }

    [Fact]
    public void Going_back_needs_no_second_person()
    {
        AtGate(Asked with { FourEyes = true }).Turn(1, new RolloutCommand.Reject("anna")).ShouldBeOfType<Decision.Reject>();
        AtGate(Asked with { FourEyes = true }).Turn(1, new RolloutCommand.Abort("anna")).Sentence.ShouldContain("anna");
    }

    private static SomeRollout AtGate(Gate? gate = null)
    {
        var some = Gated(gate ?? Asked);
        some.Until<Decision.Ask>();
        return some;
    }

    private static SomeRollout Gated(Gate gate) => new(SomeRollout.Plan with { Steps = [SomeRollout.Plan.Steps[0] with { Gate = gate }, SomeRollout.Plan.Steps[1]] });
}
