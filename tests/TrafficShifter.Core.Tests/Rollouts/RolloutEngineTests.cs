using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class RolloutEngineTests
{
    [Fact]
    public void A_healthy_rollout_goes_step_by_step_and_promotes()
    {
        var some = new SomeRollout();
        some.Turn().ShouldBe(new Decision.Start(Share.Parse("5%"), "step 1 of 2: 5% to green"));
        some.Weights.Value!.Describe().ShouldBe("blue 95% / green 5%");
        some.Until<Decision.Advance>().Sentence.ShouldBe("step 2 of 2: 50% to green: held 10s at 5%; errors: 0.001 is within max 0.01 (over 5s) by e");
        some.Weights.Value!.Describe().ShouldBe("blue 50% / green 50%");
        some.Until<Decision.Promote>().Sentence.ShouldBe("100% to green: held 10s at 50%; errors: 0.001 is within max 0.01 (over 5s) by e");
        some.Weights.Value!.Describe().ShouldBe("blue 0% / green 100%");
        some.Until<Decision.Finish>().ShouldBe(new Decision.Finish(RolloutPhase.Succeeded, "all traffic is on green, which is stable now"));
        some.State.Stable.ShouldBe(Colour.Green);
        some.Rollout.EndedAt.ShouldBe(some.Now);
    }

    [Fact]
    public void A_step_settles_for_two_seconds_and_then_holds_its_whole_time()
    {
        var some = new SomeRollout();
        some.Turn();
        var holds = new List<HoldReason>();
        while (some.Turn() is Decision.Hold hold) holds.Add(hold.Why);
        // The first turn sees the nodes, two settle, ten hold; the thirteenth advances.
        holds.ShouldBe([HoldReason.Settling, HoldReason.Settling, .. Enumerable.Repeat(HoldReason.Time, 10)]);
    }

    [Fact]
    public void Windows_are_clipped_to_the_settled_time_of_the_step()
    {
        var windows = new List<double>();
        var some = new SomeRollout { Measure = (due, at) => Note(due, at) };
        some.Until<Decision.Promote>();
        windows.ShouldBe([2, 4, 5, 5, 2, 4, 5, 5]);
        Measurement Note(DueCheck due, DateTimeOffset at)
        {
            windows.Add(due.Window.TotalSeconds);
            return SomeRollout.Passed(due.Check.Name, at);
        }
    }

    [Fact]
    public void Failures_in_a_row_roll_back_and_the_sentence_says_why()
    {
        var some = Progressing();
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>().Sentence.ShouldBe("errors: 0.5 is beyond max 0.01 (over 5s) by e, 2 times in a row: all traffic back to blue");
        some.Weights.Value!.Describe().ShouldBe("blue 100% / green 0%");
        some.Turn().ShouldBe(new Decision.Finish(RolloutPhase.RolledBack, "all traffic is back on blue"));
        some.Rollout.Outcome.ShouldBe("errors: 0.5 is beyond max 0.01 (over 5s) by e, 2 times in a row: all traffic back to blue");
        some.State.Stable.ShouldBe(Colour.Blue);
    }

    [Fact]
    public void A_pass_between_failures_starts_the_count_anew()
    {
        var turn = 0;
        var some = Progressing();
        some.Measure = (due, at) => turn++ % 2 == 0 ? SomeRollout.Failed(due.Check.Name, at) : SomeRollout.Passed(due.Check.Name, at);
        some.Until<Decision.Promote>();
    }

    [Fact]
    public void Insufficient_between_failures_neither_counts_nor_resets()
    {
        var turn = 0;
        var some = Progressing();
        some.Measure = (due, at) => turn++ % 2 == 0 ? SomeRollout.Failed(due.Check.Name, at) : SomeRollout.Insufficient(due.Check.Name, at);
        some.Until<Decision.RollBack>();
        turn.ShouldBe(3);
    }

    [Fact]
    public void Nobody_measuring_is_no_pass()
    {
        var some = Progressing();
        some.Measure = (_, _) => null;
        for (var i = 0; i < 60; i++) some.Turn().ShouldBeOfType<Decision.Hold>();
        some.Last.ShouldBe(new Decision.Hold(HoldReason.Checks, "step 1 of 2 at 5%: held 57s, but errors: not measured yet in this step"));
    }

    [Fact]
    public void An_old_pass_is_no_evidence()
    {
        var some = Progressing();
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(9)) some.Turn();
        // The server was gone for an hour; its first turn has no measurement and no elapsed time yet.
        some.Now += TimeSpan.FromHours(1);
        some.Measure = (_, _) => null;
        some.Turn();
        some.Turn().ShouldBeOfType<Decision.Hold>().Sentence.ShouldEndWith("errors: the last pass is too old to count, a new one is awaited");
        some.Measure = (due, at) => SomeRollout.Passed(due.Check.Name, at);
        some.Until<Decision.Advance>();
    }

    [Fact]
    public void A_check_that_only_observes_decides_nothing()
    {
        var plan = SomeRollout.Plan with { Checks = [.. SomeRollout.Plan.Checks, new Check { Name = "slow", Query = "s", Max = 1, Window = TimeSpan.FromSeconds(5), Mode = CheckMode.Observe }] };
        var some = new SomeRollout(plan) { Measure = (due, at) => due.Check.Name == "slow" ? SomeRollout.Failed("slow", at) : SomeRollout.Passed(due.Check.Name, at) };
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Fact]
    public void A_last_step_of_100_percent_is_promoted_without_writing_weights_again()
    {
        var some = new SomeRollout(SomeRollout.Plan with { Steps = [new(Share.All, TimeSpan.FromSeconds(10))] });
        some.Turn();
        var index = some.Weights.Index;
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
        some.Weights.Index.ShouldBe(index);
    }

    [Theory]
    [InlineData(DeadlineAction.Pause, typeof(Decision.Pause))]
    [InlineData(DeadlineAction.Rollback, typeof(Decision.RollBack))]
    public void A_step_that_cannot_end_meets_its_deadline(DeadlineAction action, Type decision)
    {
        var some = new SomeRollout(SomeRollout.Plan with { StepDeadline = TimeSpan.FromSeconds(20), OnDeadline = action }) { Measure = (due, at) => SomeRollout.Insufficient(due.Check.Name, at) };
        some.Turn();
        while (some.Turn() is Decision.Hold) { }
        some.Last!.GetType().ShouldBe(decision);
        some.Last.Sentence.ShouldStartWith("step 1 of 2 at 5% did not end within its deadline of 20s; errors: too little data: the query returned no data in 5s");
    }

    [Fact]
    public void The_deadline_of_the_whole_counts_all_steps_and_is_given_anew_by_resume()
    {
        var some = new SomeRollout(SomeRollout.Plan with { Deadline = TimeSpan.FromSeconds(20) });
        some.Until<Decision.Pause>().Sentence.ShouldStartWith("the rollout did not end within its deadline of 20s");
        some.Turn(1, new RolloutCommand.Resume("anna"));
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Fact]
    public void An_ended_rollout_stays_as_it_is()
    {
        var some = new SomeRollout();
        some.Until<Decision.Finish>();
        var ended = some.Rollout;
        some.Turn(1, new RolloutCommand.Abort("anna")).ShouldBe(new Decision.Hold(HoldReason.Nothing, "the rollout has ended: all traffic is on green, which is stable now"));
        some.Rollout.ShouldBeSameAs(ended);
    }

    [Fact]
    public void A_lock_or_another_rollout_stands_in_the_way_of_a_new_one()
    {
        var free = new AppState { Stable = Colour.Blue };
        RolloutEngine.FindObstacle(free).ShouldBeNull();
        RolloutEngine.FindObstacle(free with { Rollout = "shop-1" }).ShouldBe("rollout shop-1 is running: wait for it or abort it");
        RolloutEngine.FindObstacle(free with { Lock = new TrafficLock { To = Colour.Blue, By = "anna", Reason = "fire", At = SomeRollout.Noon } })
            .ShouldBe("all traffic is locked to blue by anna (fire): unlock it first");
    }

    private static SomeRollout Progressing()
    {
        var some = new SomeRollout();
        some.Turn().ShouldBeOfType<Decision.Start>();
        return some;
    }
}
