using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Judging;

/// <summary>Batches, stake and over-dispersion. The numbers are of an independent program, by another algebraic form.</summary>
public sealed class JudgeBatchTests
{
    private static readonly JudgeConstants OneTick = JudgeVectorTests.OneTickIsOneBatch;

    [Fact]
    public void Over_dispersion_divides_every_evidence_of_errors()
    {
        var judge = Judge.Start(OneTick with { Phi = 2 });
        var ticks = new Ticks();

        judge.Observe(ticks.Next(50, 2, 450, 1));
        var verdict = judge.Observe(ticks.Next(50, 3, 450, 0));

        verdict.ERelative.ShouldBeNearly(15.476132478668443);
        verdict.EAbsolute.ShouldBeNearly(1.8159912959700772);
        verdict.GoCoarse.ShouldBeNearly(0.46284270966783625);
    }

    [Fact]
    public void Latency_has_a_tolerance_of_its_own_and_no_over_dispersion()
    {
        var judge = Judge.Start(OneTick with { Phi = 2, Latency = [new LatencyTest { Quantile = LatencyQuantile.P90 }] });

        var verdict = judge.Observe(new Ticks().Next(new(100, 0, 900, 0), slow90: new(100, 20, 900, 90)));

        verdict.ESlow90.ShouldBeNearly(2.8152104428959754);
        (verdict.ESlow50, verdict.ESlow99).ShouldBe((1, 1));
        verdict.E.ShouldBeNearly(0.5 * verdict.ERelative + 0.2 * verdict.EAbsolute + 0.3 * verdict.ESlow90);
    }

    [Fact]
    public void Latency_weight_is_divided_among_the_tests_that_there_are()
    {
        var judge = Judge.Start(OneTick with { Latency = LatencyTest.All });

        var verdict = judge.Observe(new Ticks().Next(new SideCounts(100, 0, 900, 0), new(100, 90, 900, 450), new(100, 20, 900, 90), new(100, 0, 900, 9)));

        verdict.E.ShouldBeNearly(0.5 * verdict.ERelative + 0.2 * verdict.EAbsolute + 0.1 * (verdict.ESlow50 + verdict.ESlow90 + verdict.ESlow99));
    }

    [Fact]
    public void Tolerated_factor_and_difference_count_for_errors()
    {
        var judge = Judge.Start(OneTick with { K = 1.25, Delta = 0.001 });

        judge.Observe(new Ticks().Next(100, 5, 900, 9)).ERelative.ShouldBeNearly(2.35393025687441);
    }

    [Fact]
    public void Ticks_are_gathered_until_the_stable_side_has_enough_and_carry_their_stake()
    {
        var judge = Judge.Start(OneTick with { BatchMin = 10 });
        var ticks = new Ticks();

        judge.Observe(ticks.Next(2, 1, 4, 0)).ERelative.ShouldBe(1);
        judge.Observe(ticks.Next(2, 1, 4, 0)).ERelative.ShouldBe(1);
        var verdict = judge.Observe(ticks.Next(2, 0, 4, 0));

        verdict.ERelative.ShouldBeNearly(2.9334510083340914);
        verdict.GoCoarse.ShouldBeNearly(0.4717362428200954);
    }

    [Fact]
    public void Old_batch_is_closed_with_what_it_has_and_dropped_when_a_side_lacks()
    {
        var judge = Judge.Start(OneTick with { BatchMin = 1000 });
        var ticks = new Ticks();

        // Twelve ticks of 5 s are a minute: the stable side has none, so all is dropped, errors included.
        for (var i = 0; i < 12; i++) judge.Observe(ticks.Next(1, 1, 0, 0)).ERelative.ShouldBe(1);
        for (var i = 0; i < 11; i++) judge.Observe(ticks.Next(0, 0, 1, 0)).ERelative.ShouldBe(1);
        var verdict = judge.Observe(ticks.Next(1, 1, 0, 0));

        var batch = new Mixture(8);
        batch.Pay(0.6 + 24 * 0.2 / 360);
        new RelativeTest(OneTick.RatioBets).Update(batch, new SideCounts(1, 1, 11, 0), 1, 0.0002, 1);
        verdict.ERelative.ShouldBeNearly(batch.E);
    }

    [Fact]
    public void Change_of_the_share_judges_what_is_pending_before_new_stake_is_placed()
    {
        var judge = Judge.Start(OneTick with { BatchMin = 10 });
        var ticks = new Ticks { Share = Share.Parse("30%") };

        judge.Observe(ticks.Next(3, 1, 5, 0)).ERelative.ShouldBe(1);
        (ticks.Step, ticks.Share) = (2, Share.Parse("40%"));
        var verdict = judge.Observe(ticks.Next(10, 1, 20, 0));

        verdict.ERelative.ShouldBeNearly(2.768068728272276);
        verdict.GoCoarse.ShouldBeNearly(0.47727196400840194, "the evidence for going on is never reset");
    }

    [Fact]
    public void Change_of_the_share_drops_what_lacks_a_side_and_forgets_the_last_minute()
    {
        var judge = Judge.Start(OneTick with { BatchMin = 10, Window = TimeSpan.FromSeconds(60) });
        var ticks = new Ticks();

        judge.Observe(ticks.Next(0, 0, 9, 9));
        ticks.Step = 2;
        judge.Observe(ticks.Next(5, 0, 5, 0)).ERelative.ShouldBe(1);

        judge.ReadGuard().Tail.ShouldBe(1);
        judge.Save().Window.ShouldBe([5, 0, 5, 0]);
    }

    [Fact]
    public void Step_places_its_stake_the_first_time_only()
    {
        var judge = Judge.Start(OneTick with { EvalStake = 0, BatchMin = 1000 });
        var ticks = new Ticks();

        double Carry(int step)
        {
            ticks.Step = step;
            judge.Observe(ticks.Next(0, 0, 1, 0));
            return judge.Save().Relative.Carry;
        }

        Carry(1).ShouldBeNearly(0.6);
        Carry(2).ShouldBeNearly(0.65);
        Carry(2).ShouldBeNearly(0.65);
        Carry(1).ShouldBeNearly(0.65);
        Carry(2).ShouldBeNearly(0.65);
        Carry(3).ShouldBeNearly(0.7);
        Carry(4).ShouldBeNearly(0.75);
        Carry(5).ShouldBeNearly(0.8);
    }

    [Fact]
    public void Rollout_of_one_step_places_the_stake_of_steps_at_once()
    {
        var judge = Judge.Start(OneTick with { Steps = 1, EvalTicks = 10, BatchMin = 1000 });

        judge.Observe(new Ticks().Next(0, 0, 1, 0));

        judge.Save().Relative.Carry.ShouldBeNearly(0.82);
    }

    [Fact]
    public void Stake_over_time_ends_after_its_ticks_and_all_of_it_is_placed_then()
    {
        var judge = Judge.Start(OneTick with { Steps = 1, EvalTicks = 3 });
        var ticks = new Ticks();

        for (var i = 0; i < 5; i++) judge.Observe(ticks.Next(10, 0, 90, 0));

        var saved = judge.Save().Relative;
        (saved.Spent + saved.Carry).ShouldBeNearly(1);
    }

    [Fact]
    public void Absolute_test_is_frozen_while_the_stable_side_fails_and_places_its_stake_all_the_same()
    {
        var judge = Judge.Start(OneTick);
        var ticks = new Ticks();

        judge.Observe(ticks.Next(10, 1, 100, 0)).EAbsolute.ShouldBeNearly(1.4831624811837607);
        judge.Observe(ticks.Next(10, 9, 100, 50)).EAbsolute.ShouldBeNearly(1.483162481183761);
        judge.Observe(ticks.Next(10, 1, 100, 0)).EAbsolute.ShouldBeNearly(3.834396822165667);
    }

    [Fact]
    public void Wealth_of_a_bet_is_capped()
    {
        var judge = Judge.Start(OneTick);
        var ticks = new Ticks();

        JudgeVerdict verdict = default;
        for (var i = 0; i < 20; i++) verdict = judge.Observe(ticks.Next(1000, 1000, 9000, 0));

        verdict.ERelative.ShouldBe(8e12, 1);
        verdict.PAnytime.ShouldBeLessThan(1e-11);
    }

    [Fact]
    public void P_keeps_the_strongest_evidence_that_there_was()
    {
        var judge = Judge.Start(OneTick);
        var ticks = new Ticks();

        var suspected = judge.Observe(ticks.Next(50, 2, 450, 0));
        var later = suspected;
        for (var i = 0; i < 50; i++) later = judge.Observe(ticks.Next(500, 0, 4500, 5));

        later.E.ShouldBeLessThan(1);
        later.PAnytime.ShouldBe(suspected.PAnytime);
        suspected.PAnytime.ShouldBeNearly(1 / suspected.ERoll);
    }
}
