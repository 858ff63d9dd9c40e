using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Promotion by a person, standstills, and pauses that do not stop the checks.</summary>
public sealed class SteeringTests
{
    private static readonly RolloutCommand Promote = new RolloutCommand.Promote("anna", "it is a hotfix");

    [Theory]
    [InlineData(0, "100% to green: promoted by anna (it is a hotfix), without 2 steps")]
    [InlineData(1, "100% to green: promoted by anna (it is a hotfix), without 1 step")]
    [InlineData(14, "100% to green: promoted by anna (it is a hotfix)")]
    public void A_person_promotes_past_the_steps_that_are_left(int turns, string sentence)
    {
        var some = new SomeRollout();
        for (var i = 0; i < turns; i++) some.Turn();
        some.Turn(1, Promote).ShouldBe(new Decision.Promote(sentence) { By = "anna" });
        some.Weights.Value!.Describe().ShouldBe("blue 0% / green 100%");
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Fact]
    public void Promotion_from_a_pause_writes_over_foreign_weights_and_not_over_its_own()
    {
        var some = new SomeRollout(SomeRollout.Plan with { Steps = [new(Share.All, TimeSpan.FromSeconds(10))] });
        some.Turn();
        some.Turn(1, new RolloutCommand.Pause("ben"));
        var index = some.Weights.Index;
        some.Turn(1, Promote).ShouldBeOfType<Decision.Promote>();
        some.Weights.Index.ShouldBe(index, "all traffic is there already");

        some = new SomeRollout();
        some.Turn();
        some.WriteWeights(70, 30);
        some.Turn().ShouldBeOfType<Decision.Pause>();
        some.Turn(1, Promote).ShouldBeOfType<Decision.Promote>();
        some.Weights.Value!.Describe().ShouldBe("blue 0% / green 100%");
    }

    [Fact]
    public void What_is_promoting_or_rolling_back_is_not_promoted()
    {
        var some = new SomeRollout();
        some.Turn(1, Promote);
        some.Turn(1, Promote).ShouldBe(new Decision.Hold(HoldReason.Nothing, "it is being promoted already"));
        some = new SomeRollout();
        some.Turn();
        some.Turn(1, new RolloutCommand.Abort("ben"));
        some.Turn(1, Promote).ShouldBe(new Decision.Hold(HoldReason.Nothing, "it is rolling back"));
    }

    [Fact]
    public void A_standstill_holds_progress_and_its_clocks_and_not_a_rollback()
    {
        var some = new SomeRollout { Standstill = "frozen by \"new year\"" };
        some.Turn().ShouldBe(new Decision.Hold(HoldReason.Standstill, "not started: frozen by \"new year\""));
        some.Standstill = null;
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(5)) some.Turn();
        some.Standstill = "the line is stopped by ben";
        for (var i = 0; i < 100; i++) some.Turn(60).ShouldBe(new Decision.Hold(HoldReason.Standstill, "step 1 of 2 at 5%: the line is stopped by ben"));
        some.Rollout.StepElapsed.ShouldBe(TimeSpan.FromSeconds(5));
        some.Turn(1, Promote).ShouldBe(new Decision.Hold(HoldReason.Nothing, "the line is stopped by ben"));
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>();
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.RolledBack);
    }

    [Fact]
    public void A_standstill_holds_neither_abort_nor_pause_and_refuses_resume()
    {
        var some = new SomeRollout();
        some.Turn();
        some.Standstill = "frozen";
        some.Turn(1, new RolloutCommand.Pause("anna")).ShouldBeOfType<Decision.Pause>();
        some.Turn(1, new RolloutCommand.Resume("anna")).ShouldBe(new Decision.Hold(HoldReason.Nothing, "frozen"));
        some.Turn(1, new RolloutCommand.Abort("anna")).ShouldBeOfType<Decision.Abort>();
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Aborted);
    }

    [Fact]
    public void A_pause_stops_no_check_and_a_failure_rolls_back_from_it()
    {
        var some = new SomeRollout();
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(5)) some.Turn();
        some.Turn(1, new RolloutCommand.Pause("anna"));
        for (var i = 0; i < 50; i++) some.Turn().ShouldBeOfType<Decision.Hold>();
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>().Sentence.ShouldStartWith("errors: 0.5 is beyond max 0.01");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_step_that_is_stopped_in_its_first_second_is_judged_all_the_same(bool paused)
    {
        var some = new SomeRollout();
        some.Turn();
        if (paused) some.Turn(1, new RolloutCommand.Pause("anna"));
        else some.Standstill = "frozen";
        for (var i = 0; i < 20; i++) some.Turn().ShouldBeOfType<Decision.Hold>();
        some.Rollout.StepElapsed.ShouldBe(TimeSpan.Zero);
        some.Rollout.Checks[0].PassesInStep.ShouldBeGreaterThan(5);
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>();
    }

    [Fact]
    public void Weights_that_a_person_wrote_are_not_judged()
    {
        var some = new SomeRollout();
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(5)) some.Turn();
        some.WriteWeights(70, 30);
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Turn().ShouldBeOfType<Decision.Pause>();
        for (var i = 0; i < 50; i++) some.Turn().ShouldBeOfType<Decision.Hold>();
    }

    [Fact]
    public void A_new_rollout_takes_the_place_of_one_that_runs()
    {
        var some = new SomeRollout();
        some.Until<Decision.Advance>();
        var app = AppName.Parse("shop");
        var next = RolloutEngine.Create(RolloutId.Of(app, "01JD2X3Y4Z5A6B7C8D9E0F1G9Z"), SomeRollout.Plan, some.State, some.Weights.Index, "ben", "newer build", some.Now);
        var current = new AppTraffic(app) { Weights = new(some.Weights.Value, some.Weights.Index, null, some.Weights.Index), State = new(some.State, 8, null, 8) };

        var (written, changes) = Succession.Supersede(current, some.State, some.Rollout, some.Index, next, new ChangeNote("01JD2X3Y4Z5A6B7C8D9E0F1G9Z", "ben", "newer build", some.Now));

        var puts = changes.Changes.OfType<Change.Put>().ToDictionary(p => p.Key);
        puts.Values.Select(p => $"{p.Key} at {p.Expected}").ShouldBe([$"rollouts/shop/{some.Rollout.Id} at {some.Index}", $"rollouts/shop/{next.Id} at 0", "state/shop at 8", $"weights/shop at {some.Weights.Index}"]);
        Read<Rollout>(puts[$"rollouts/shop/{some.Rollout.Id}"]).ShouldSatisfyAllConditions(
            r => r.Phase.ShouldBe(RolloutPhase.Aborted), r => r.Outcome.ShouldStartWith($"superseded by {next.Id} of ben"), r => r.FindProblem().ShouldBeNull());
        Read<AppState>(puts["state/shop"]).Rollout.ShouldBe(next.Id.ToString());
        Read<Weights>(puts["weights/shop"]).Describe().ShouldBe("blue 100% / green 0%");
        written.WeightsIndexAt(77).ShouldBe(77UL, "the weights are written in the same transaction");
    }

    private static T Read<T>(Change.Put put)
        where T : Document => ((Reading<T>.Good)Reading.Of<T>(new Entry(put.Key, put.Value, 1))).Value;
}
