using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Judging;

public sealed class JudgeRulesTests
{
    private static readonly JudgeConstants Constants = new() { Steps = 2 };

    private readonly Ticks _ticks = new() { Share = Share.Parse("10%") };

    [Fact]
    public void Rollback_is_final()
    {
        var judge = Judge.Start(Constants);

        Repeat(judge, 5, 100, 50, 900, 1).Action.ShouldBe(JudgeAction.RollBack);
        var later = Repeat(judge, 100, 100, 0, 900, 50);

        (later.Action, later.Reason).ShouldBe((JudgeAction.RollBack, JudgeReason.Worse));
    }

    [Fact]
    public void Absolute_test_alone_rolls_nothing_back_while_its_guard_fails()
    {
        // The stable side has fewer than ten requests in the last minute, so nobody can say that it is healthy.
        var judge = Judge.Start(Constants);

        var verdict = Repeat(judge, 3, 3, 3, 1, 0);

        verdict.GuardNeeded.ShouldBeTrue();
        verdict.GuardPassed.ShouldBeFalse();
        verdict.E.ShouldBeGreaterThan(1000);
        verdict.ERoll.ShouldBeLessThan(4);
        verdict.PAnytime.ShouldBeGreaterThan(0.25);
        (verdict.Action, verdict.Reason).ShouldBe((JudgeAction.Hold, JudgeReason.Suspicion));
    }

    [Fact]
    public void Guard_wants_errors_on_the_candidate_that_are_no_chance_of_the_split()
    {
        // 3 of 13 requests came to the candidate: that all three errors fell on it has a chance of 1.2 %, which is no proof.
        var judge = Judge.Start(Constants with { Weights = new(0, 1, 0) });

        judge.Observe(_ticks.Next(0, 0, 10, 0));
        var verdict = judge.Observe(_ticks.Next(3, 3, 0, 0));

        verdict.GuardNeeded.ShouldBeTrue();
        verdict.GuardPassed.ShouldBeFalse();
        verdict.Action.ShouldBe(JudgeAction.Hold);
    }

    [Fact]
    public void Outage_of_both_sides_holds_and_blames_nobody()
    {
        var judge = Judge.Start(Constants);

        Repeat(judge, 12, 100, 0, 900, 0).Action.ShouldNotBe(JudgeAction.Hold);
        var verdict = Repeat(judge, 24, 100, 70, 900, 630);

        (verdict.Action, verdict.Reason).ShouldBe((JudgeAction.Hold, JudgeReason.StableUnhealthy));
        verdict.PAnytime.ShouldBeGreaterThan(0.2);
    }

    [Fact]
    public void Good_evidence_ends_a_step_after_its_least_time_and_by_the_fine_margin_first()
    {
        var judge = Judge.Start(Constants);

        // e^(n × 0.001)/6 passes 20 at 4,788 candidate requests.
        var before = Repeat(judge, 5, 1000, 0, 9000, 0);
        var after = Repeat(judge, 1, 1000, 0, 9000, 0);

        (before.Action, before.Reason, before.MissingRequests).ShouldBe((JudgeAction.Continue, JudgeReason.TooEarly, 0));
        (after.Action, after.Reason, after.Dwell).ShouldBe((JudgeAction.Advance, JudgeReason.NotWorse, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Coarse_margin_is_enough_after_the_middle_time_and_the_last_step_asks_for_more()
    {
        var judge = Judge.Start(Constants);

        // 34 requests a tick: 612 after 90 s, enough for one point (479), not for half of one (958).
        var before = Repeat(judge, 17, 34, 0, 306, 0);
        var first = Repeat(judge, 1, 34, 0, 306, 0);
        (_ticks.Step, _ticks.Share) = (2, Share.Parse("50%"));
        var early = Repeat(judge, 17, 5, 0, 5, 0);
        var last = Repeat(judge, 3, 100, 0, 100, 0);

        (before.Action, before.Reason).ShouldBe((JudgeAction.Continue, JudgeReason.MoreEvidence));
        (first.Action, first.Reason).ShouldBe((JudgeAction.Advance, JudgeReason.NotMuchWorse));
        (early.Action, early.StepRequests, early.Dwell).ShouldBe((JudgeAction.Continue, 85, TimeSpan.FromSeconds(85)));
        (last.Action, last.Reason).ShouldBe((JudgeAction.Advance, JudgeReason.NotMuchWorse));
    }

    [Fact]
    public void Step_with_too_few_requests_waits_whatever_was_seen_before()
    {
        var judge = Judge.Start(Constants);

        Repeat(judge, 10, 1000, 0, 9000, 0);
        _ticks.Step = 2;
        var verdict = Repeat(judge, 40, 1, 0, 9, 0);

        (verdict.Action, verdict.StepRequests, verdict.MissingRequests).ShouldBe((JudgeAction.Continue, 40, 10));
    }

    [Theory]
    [InlineData(OnNoEvidence.Hold, JudgeAction.Hold)]
    [InlineData(OnNoEvidence.Advance, JudgeAction.Advance)]
    [InlineData(OnNoEvidence.Rollback, JudgeAction.RollBack)]
    public void Longest_dwell_without_evidence_ends_as_the_plan_says(OnNoEvidence wanted, JudgeAction action)
    {
        var judge = Judge.Start(Constants with { OnNoEvidence = wanted });

        var before = Repeat(judge, 47, 1, 0, 9, 0);
        var verdict = Repeat(judge, 1, 1, 0, 9, 0);

        before.Action.ShouldBe(JudgeAction.Continue);
        (verdict.Action, verdict.Reason).ShouldBe((action, JudgeReason.NoEvidence));
    }

    [Fact]
    public void No_traffic_holds_and_rolls_back_only_when_agents_call_the_candidate_unreachable()
    {
        var judge = Judge.Start(Constants);

        // At 10 % twenty candidate requests are expected beside 180 stable ones.
        Repeat(judge, 17, 0, 0, 10, 0).Action.ShouldBe(JudgeAction.Continue);
        var held = Repeat(judge, 20, 0, 0, 10, 0);
        var unreachable = judge.Observe(_ticks.Next(0, 0, 10, 0) with { CandidateUnreachable = true });

        (held.Action, held.Reason).ShouldBe((JudgeAction.Hold, JudgeReason.NoTraffic));
        (unreachable.Action, unreachable.Reason).ShouldBe((JudgeAction.RollBack, JudgeReason.NoTraffic));
        Repeat(judge, 1, 1, 0, 9, 0).Action.ShouldBe(JudgeAction.Continue, "a request came through");
    }

    [Fact]
    public void Unreachable_candidate_has_a_minute_before_it_is_rolled_back()
    {
        var judge = Judge.Start(Constants);

        JudgeVerdict Next() => judge.Observe(_ticks.Next(0, 0, 100, 0) with { CandidateUnreachable = true });

        Next().Action.ShouldBe(JudgeAction.Continue);
        for (var i = 0; i < 12; i++) Next().Action.ShouldBe(JudgeAction.Hold);
        Next().Action.ShouldBe(JudgeAction.RollBack);
    }

    [Fact]
    public void Old_sample_holds_and_its_outage_does_not_count_for_the_step()
    {
        var judge = Judge.Start(Constants);
        Repeat(judge, 2, 10, 0, 90, 0);

        judge.Wait(TimeSpan.FromSeconds(14.9)).Action.ShouldBe(JudgeAction.Continue);
        judge.Wait(TimeSpan.FromSeconds(15)).ShouldSatisfyAllConditions(v => v.Action.ShouldBe(JudgeAction.Hold), v => v.Reason.ShouldBe(JudgeReason.Stale));
        var after = judge.Observe(_ticks.Next(10, 0, 90, 0) with { At = judge.LastSample!.Value.AddMinutes(10), Length = TimeSpan.FromMinutes(10) });

        after.Dwell.ShouldBe(TimeSpan.FromSeconds(10 + 15));
    }

    [Fact]
    public void Same_sample_counts_once_and_a_skipped_one_not_at_all()
    {
        var judge = Judge.Start(Constants);
        var tick = _ticks.Next(100, 1, 900, 1);

        var once = judge.Observe(tick);
        judge.Observe(tick).ShouldBe(once);
        var skipped = _ticks.Next(100, 100, 900, 0);
        judge.Skip(skipped.At);
        judge.Observe(skipped).ShouldBe(once);
    }

    [Fact]
    public void More_bad_than_requests_counts_as_all_bad_and_is_told()
    {
        var (judge, other) = (Judge.Start(Constants), Judge.Start(Constants));
        var tick = _ticks.Next(10, 12, 100, 0);

        var skewed = judge.Observe(tick);

        skewed.Skewed.ShouldBeTrue();
        skewed.E.ShouldBe(other.Observe(tick with { Errors = new(10, 10, 100, 0) }).E);
    }

    [Fact]
    public void Counts_and_steps_that_cannot_be_are_refused()
    {
        var judge = Judge.Start(Constants);

        Should.Throw<ArgumentOutOfRangeException>(() => judge.Observe(_ticks.Next(-1, 0, 1, 0))).Message.ShouldContain("a count is negative");
        Should.Throw<ArgumentOutOfRangeException>(() => judge.Observe(_ticks.Next(1, 0, 1, 0) with { Step = 3 })).Message.ShouldContain("the steps 1 to 2, not 3");
        Should.Throw<ArgumentOutOfRangeException>(() => judge.Observe(_ticks.Next(1, 0, 1, 0) with { Length = TimeSpan.Zero }));
        Should.Throw<ArgumentException>(() => Judge.Start(Constants with { Alpha = 0 })).Message.ShouldContain("alpha: 0 is not above 0");
        Should.Throw<ArgumentException>(() => Judge.Start(Constants with { FirstStake = 0.9 })).Message.ShouldContain("1 together at most");
        Should.Throw<ArgumentException>(() => Judge.Start(Constants with { P0 = double.NaN })).Message.ShouldContain("p0");
    }

    [Fact]
    public void Each_loss_of_the_state_halves_alpha()
    {
        Judge.Start(Constants, losses: 3).Alpha.ShouldBe(0.00125);
        var (judge, careful) = (Judge.Start(Constants), Judge.Start(Constants, losses: 30));

        var tick = _ticks.Next(100, 12, 900, 1);

        judge.Observe(tick).Action.ShouldBe(JudgeAction.RollBack);
        careful.Observe(tick).Action.ShouldBe(JudgeAction.Hold);
    }

    [Fact]
    public void Sentences_say_how_much_evidence_is_missing()
    {
        var judge = Judge.Start(Constants);

        var verdict = Repeat(judge, 10, 10, 0, 90, 0);

        verdict.MissingRequests.ShouldNotBeNull().ShouldBeInRange(300, 400);
        JudgeWords.Describe(verdict, Constants, "green", "blue").ShouldBe("nothing bad so far, more evidence is needed: 100 of about 480 requests");
        JudgeWords.Describe(judge.Interval!, verdict.Total).ShouldBe("0 points seen; less than 5 points higher (95 %)");
    }

    private JudgeVerdict Repeat(Judge judge, int times, long candidateRequests, long candidateBad, long stableRequests, long stableBad)
    {
        var verdict = default(JudgeVerdict);
        for (var i = 0; i < times; i++) verdict = judge.Observe(_ticks.Next(candidateRequests, candidateBad, stableRequests, stableBad));
        return verdict;
    }
}
