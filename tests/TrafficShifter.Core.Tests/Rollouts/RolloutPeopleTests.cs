using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>What people do to a rollout: pause, resume, abort, lock, write the weights themselves.</summary>
public sealed class RolloutPeopleTests
{
    private static readonly RolloutCommand Resume = new RolloutCommand.Resume("anna");

    [Fact]
    public void Foreign_weights_pause_the_rollout_untouched()
    {
        var some = At(RolloutPhase.Progressing);
        some.WriteWeights(70, 30, "ben");
        var index = some.Weights.Index;
        some.Turn().ShouldBe(new Decision.Pause("weights changed by ben from blue 95% / green 5% to blue 70% / green 30%"));
        for (var i = 0; i < 30; i++) some.Turn().ShouldBe(new Decision.Hold(HoldReason.Person, "paused: weights changed by ben from blue 95% / green 5% to blue 70% / green 30%"));
        some.Weights.Index.ShouldBe(index);
    }

    [Fact]
    public void Weights_written_by_hand_broken_or_gone_pause_it_too()
    {
        var some = At(RolloutPhase.Progressing);
        some.WriteWeights(1, 1);
        some.Turn().Sentence.ShouldBe("weights changed by hand from blue 95% / green 5% to blue 50% / green 50%");
        some = At(RolloutPhase.Progressing);
        some.Weights = new WeightsSeen(99, null, "weights/shop is not valid: blue and green are both 0");
        some.Turn().Sentence.ShouldBe("weights changed by hand from blue 95% / green 5% to weights/shop is not valid: blue and green are both 0");
        some = At(RolloutPhase.Progressing);
        some.Weights = new WeightsSeen(0, null);
        some.Turn().Sentence.ShouldBe("weights changed by hand from blue 95% / green 5% to nothing: the key is gone");
    }

    [Fact]
    public void Resume_after_foreign_weights_applies_the_step_again_and_starts_it_over()
    {
        var some = At(RolloutPhase.Progressing);
        for (var i = 0; i < 8; i++) some.Turn();
        some.WriteWeights(70, 30);
        some.Turn();
        some.Turn(1, Resume).ShouldBe(new Decision.Resume(true, "resumed by anna: 5% to green is applied again") { By = "anna" });
        some.Weights.Value!.Describe().ShouldBe("blue 95% / green 5%");
        some.Rollout.StepElapsed.ShouldBe(TimeSpan.Zero);
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Fact]
    public void A_pause_stops_the_clocks_and_resume_asks_for_fresh_evidence()
    {
        var some = At(RolloutPhase.Progressing);
        for (var i = 0; i < 8; i++) some.Turn();
        var (clock, index) = (some.Rollout.StepElapsed, some.Weights.Index);
        some.Turn(1, new RolloutCommand.Pause("anna", "lunch")).ShouldBe(new Decision.Pause("paused by anna (lunch)") { By = "anna" });
        for (var i = 0; i < 100; i++) some.Turn(60);
        some.Turn(1, Resume).ShouldBe(new Decision.Resume(false, "resumed by anna: it goes on at 5%") { By = "anna" });
        some.Rollout.StepElapsed.ShouldBe(clock);
        some.Weights.Index.ShouldBe(index);
        some.Rollout.Checks.ShouldAllBe(c => c.Last == null);
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Theory]
    [InlineData(RolloutPhase.Pending)]
    [InlineData(RolloutPhase.Progressing)]
    [InlineData(RolloutPhase.Paused)]
    [InlineData(RolloutPhase.Promoting)]
    public void Abort_leads_to_stable_from_every_phase(RolloutPhase phase)
    {
        var some = At(phase);
        some.Turn(1, new RolloutCommand.Abort("anna", "wrong build")).ShouldBe(new Decision.Abort("aborted by anna (wrong build): all traffic back to blue") { By = "anna" });
        some.Weights.Value!.Describe().ShouldBe("blue 100% / green 0%");
        some.Turn().ShouldBe(new Decision.Finish(RolloutPhase.Aborted, "all traffic is back on blue"));
        some.Rollout.Outcome.ShouldBe("aborted by anna (wrong build): all traffic back to blue");
    }

    [Fact]
    public void Abort_during_a_rollback_changes_nothing()
    {
        var some = At(RolloutPhase.RollingBack);
        some.Turn(1, new RolloutCommand.Abort("anna")).ShouldBeOfType<Decision.Finish>();
        some.Weights.Value!.Describe().ShouldBe("blue 100% / green 0%");
    }

    [Fact]
    public void Abort_takes_foreign_weights_to_stable()
    {
        var some = At(RolloutPhase.Progressing);
        some.WriteWeights(10, 90);
        some.Turn();
        some.Turn(1, new RolloutCommand.Abort("anna")).ShouldBeOfType<Decision.Abort>();
        some.Weights.Value!.Describe().ShouldBe("blue 100% / green 0%");
    }

    [Theory]
    [InlineData(RolloutPhase.Pending)]
    [InlineData(RolloutPhase.Progressing)]
    [InlineData(RolloutPhase.Paused)]
    [InlineData(RolloutPhase.Promoting)]
    [InlineData(RolloutPhase.RollingBack)]
    public void A_lock_ends_the_rollout_without_touching_the_weights(RolloutPhase phase)
    {
        var some = At(phase);
        var index = some.Weights.Index;
        some.State = some.State with { Lock = new TrafficLock { To = Colour.Blue, By = "anna", Reason = "fire", At = some.Now } };
        some.Turn(1, Resume).ShouldBe(new Decision.Finish(RolloutPhase.RolledBack, "all traffic was locked to blue by anna: fire"));
        some.Weights.Index.ShouldBe(index);
    }

    [Fact]
    public void A_state_that_names_another_rollout_ends_this_one_without_touching_the_weights()
    {
        var some = At(RolloutPhase.Progressing);
        some.State = some.State with { Rollout = null };
        some.Turn().ShouldBe(new Decision.Finish(RolloutPhase.Aborted, "the application's state names no rollout, no longer this one; the weights stay"));
    }

    [Fact]
    public void Weights_changed_before_the_first_step_pause_it_and_resume_begins_it()
    {
        var some = new SomeRollout();
        some.WriteWeights(80, 20, "ben");
        some.Turn().ShouldBe(new Decision.Pause("weights changed by ben before the first step, to blue 80% / green 20%"));
        some.Turn(1, Resume).Sentence.ShouldBe("resumed by anna: step 1 begins, 5% to green");
        some.Weights.Value!.Describe().ShouldBe("blue 95% / green 5%");
    }

    [Fact]
    public void Foreign_weights_while_promoting_pause_and_resume_promotes_again()
    {
        var some = At(RolloutPhase.Promoting);
        some.WriteWeights(50, 50);
        some.Turn().ShouldBe(new Decision.Pause("weights changed by hand from blue 0% / green 100% to blue 50% / green 50%"));
        some.State.Stable.ShouldBe(Colour.Blue);
        some.Turn(1, Resume).ShouldBeOfType<Decision.Resume>().Reapplies.ShouldBeTrue();
        some.Turn().ShouldBeOfType<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Fact]
    public void A_rollback_puts_foreign_weights_right_but_takes_stable_ones_as_they_are()
    {
        var some = At(RolloutPhase.RollingBack);
        some.WriteWeights(50, 50, "ben");
        some.Turn().ShouldBe(new Decision.RollBack("weights changed by ben from blue 100% / green 0% to blue 50% / green 50% during the rollback: all traffic back to blue"));
        some.Weights.Value!.Describe().ShouldBe("blue 100% / green 0%");
        some.WriteWeights(1, 0, "ben");
        some.Turn().ShouldBeOfType<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.RolledBack);
    }

    /// <summary>A rollout that has just come into the phase.</summary>
    private static SomeRollout At(RolloutPhase phase)
    {
        var some = new SomeRollout();
        if (phase == RolloutPhase.Pending) return some;
        some.Turn();
        if (phase == RolloutPhase.Paused) some.Turn(1, new RolloutCommand.Pause("anna"));
        if (phase == RolloutPhase.Promoting) some.Until<Decision.Promote>();
        if (phase == RolloutPhase.RollingBack) some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        if (phase == RolloutPhase.RollingBack) some.Until<Decision.RollBack>();
        some.Rollout.Phase.ShouldBe(phase);
        return some;
    }
}
