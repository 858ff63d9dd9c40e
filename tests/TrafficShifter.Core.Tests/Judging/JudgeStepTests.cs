using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Judging;

/// <summary>What belongs to a step, and what to the rollout.</summary>
public sealed class JudgeStepTests
{
    private static readonly JudgeConstants Constants = new() { Steps = 2 };
    private readonly Ticks _ticks = new() { Share = Share.Parse("10%") };
    private readonly Judge _judge = Judge.Start(Constants);

    [Fact]
    public void A_step_that_is_entered_again_has_its_time_and_its_requests_anew_and_the_evidence_stays()
    {
        var before = Repeat(20, 40, 0, 360, 0);
        before.Action.ShouldBe(JudgeAction.Advance);

        var after = _judge.Observe(_ticks.Next(40, 0, 360, 0) with { EntersAgain = true });

        (after.Dwell, after.StepRequests, after.Action).ShouldBe((TimeSpan.FromSeconds(5), 40, JudgeAction.Continue));
        (after.Total.CandidateRequests, after.Step).ShouldBe((before.Total.CandidateRequests + 40, 1));
        after.GoCoarse.ShouldBeGreaterThanOrEqualTo(before.GoCoarse);
        Repeat(17, 40, 0, 360, 0).Action.ShouldBe(JudgeAction.Advance);
    }

    [Fact]
    public void What_was_pending_before_a_step_is_entered_again_is_judged_by_itself()
    {
        var (apart, together) = (Judge.Start(Constants with { BatchMin = 1_000 }), Judge.Start(Constants with { BatchMin = 1_000 }));
        var (first, second) = (_ticks.Next(10, 5, 90, 0), _ticks.Next(10, 0, 90, 50));

        apart.Observe(first);
        var judged = apart.Observe(second with { EntersAgain = true });
        together.Observe(first);
        var pending = together.Observe(second);

        judged.ERelative.ShouldBeGreaterThan(2);
        pending.ERelative.ShouldBe(1, "both are in the same batch, which is not full");
    }

    [Fact]
    public void While_the_rollout_stands_still_evidence_is_gathered_and_no_time_goes_by()
    {
        Repeat(2, 20, 0, 180, 0);

        for (var i = 0; i < 60; i++) _judge.Observe(_ticks.Next(20, 0, 180, 0) with { StandsStill = true });
        var verdict = Repeat(1, 20, 0, 180, 0);

        (verdict.Dwell, verdict.StepRequests).ShouldBe((TimeSpan.FromSeconds(15), 63 * 20));
        verdict.GoCoarse.ShouldBeGreaterThan(20);
        verdict.Reason.ShouldBe(JudgeReason.TooEarly);
    }

    [Fact]
    public void A_stable_side_that_fails_is_told_by_its_last_minute()
    {
        Repeat(100, 100, 0, 900, 0);

        var verdict = Repeat(12, 100, 20, 900, 180);

        verdict.Reason.ShouldBe(JudgeReason.StableUnhealthy);
        JudgeWords.Describe(verdict, Constants, "green", "blue").ShouldBe(
            "blue fails more than usual by itself, so that the two cannot be compared: 20 % bad of 10800 requests in the last minute, where at most 1 % are usual");
    }

    [Fact]
    public void A_step_that_ran_out_of_time_says_how_far_the_evidence_is_and_on_what()
    {
        var verdict = Repeat(48, 3, 0, 27, 0);

        verdict.Reason.ShouldBe(JudgeReason.NoEvidence);
        JudgeWords.Describe(verdict, Constants, "green", "blue").ShouldBe(
            "the step's longest time is over without enough evidence that green is not worse than blue: 144 of about 480 requests; 0 % bad of 144 requests against 0 % bad of 1296 requests");
    }

    private JudgeVerdict Repeat(int times, long candidateRequests, long candidateBad, long stableRequests, long stableBad)
    {
        var verdict = default(JudgeVerdict);
        for (var i = 0; i < times; i++) verdict = _judge.Observe(_ticks.Next(candidateRequests, candidateBad, stableRequests, stableBad));
        return verdict;
    }
}
