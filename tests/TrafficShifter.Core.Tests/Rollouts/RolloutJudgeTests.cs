using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>What a rollout's judge is fed with, and what not.</summary>
public sealed class RolloutJudgeTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(2);
    private static readonly DateTimeOffset Noon = SomeRollout.Noon;
    private static readonly Plan Plan = SomeRollout.Plan with { Judge = new JudgePlan(), Steps = [new(Share.Parse("10%"), TimeSpan.FromMinutes(5)), new(Share.All, TimeSpan.FromMinutes(5))] };
    private readonly Rollout _rollout = new SomeRollout(Plan).Rollout with { Phase = RolloutPhase.Progressing };
    private readonly RolloutJudge _judge = new(Judge.Start(Plan.Judge!.ConstantsOf(Plan, JudgeBaseline.Young(latency: true), Tick)));

    [Fact]
    public void Only_what_the_share_alone_served_is_counted_and_each_tile_once()
    {
        var span = new ServingSpan(0, Noon.AddSeconds(3));
        Count(2, null);
        Count(4, span);
        Count(6, span);
        Count(6, span);
        Count(8, span, problem: "12 log records of node hap1 were lost");
        Count(10, span);
        Count(9, span);

        var report = Report(10);
        (report.Candidate.Requests, report.Stable.Requests, report.Problem).ShouldBe((200, 1_800, null));
        report.Targeted.Candidate.ShouldBe(new TargetedCounts(5, 0), "shown apart, and of every tile");
        _judge.LastGood.ShouldBe(Noon.AddSeconds(10));
    }

    [Fact]
    public void At_100_percent_there_is_nothing_to_compare()
    {
        _judge.Count(Counts(2), _rollout with { Step = 1 }, new ServingSpan(1, Noon.AddMinutes(-1)), isUnreachable: false);
        Report(2).Stable.Requests.ShouldBe(0);
    }

    [Fact]
    public void Where_no_history_has_them_the_bounds_come_from_the_stable_sides_first_minute()
    {
        var span = new ServingSpan(0, Noon);
        for (var second = 2; second <= 58; second += 2) Count(second, span);
        Report(58).Latency.ShouldAllBe(l => l.AboveSeconds == null);
        Count(60, span);
        Report(60).Latency.Where(l => l.AboveSeconds is not null).Select(l => (l.Quantile, l.AboveSeconds)).ShouldBe([(LatencyQuantile.P50, 0.05), (LatencyQuantile.P99, 0.1)]);
        for (var second = 62; second <= 90; second += 2) Count(second, span, slow: 60);
        Report(90).Action.ShouldBe(JudgeAction.RollBack);
    }

    [Fact]
    public void A_judge_that_is_taken_over_says_nothing_of_what_another_process_counted_but_to_go_back()
    {
        var (good, bad) = (Judge.Start(Plan.Judge!.ConstantsOf(Plan, JudgeBaseline.Young(latency: false), Tick)), Judge.Start(Plan.Judge!.ConstantsOf(Plan, JudgeBaseline.Young(latency: false), Tick)));
        for (var second = 2; second <= 120; second += 2)
        {
            good.Observe(TickOf(second, candidateBad: 0));
            bad.Observe(TickOf(second, candidateBad: 500));
        }
        new RolloutJudge(good).Report(_rollout, Noon.AddSeconds(120)).Reason.ShouldBe(JudgeReason.Stale, "restored or not, this process has counted nothing yet");
        good.Wait(TimeSpan.Zero).Action.ShouldBe(JudgeAction.Advance);
        var restored = new RolloutJudge(Judge.Restore(good.Save()));
        restored.Report(_rollout, Noon.AddSeconds(120)).Action.ShouldBe(JudgeAction.Hold);
        restored.Count(Counts(3_600), _rollout, null, isUnreachable: false);
        restored.Report(_rollout, Noon.AddSeconds(3_600)).Action.ShouldBe(JudgeAction.Hold, "a tile that is not of this share alone lets nothing go on");
        restored.Count(Counts(3_602), _rollout, new ServingSpan(0, Noon), isUnreachable: false);
        restored.Report(_rollout, Noon.AddSeconds(3_602)).Action.ShouldBe(JudgeAction.Advance);
        new RolloutJudge(Judge.Restore(bad.Save())).Report(_rollout, Noon.AddSeconds(120)).Action.ShouldBe(JudgeAction.RollBack);

        static JudgeTick TickOf(int second, long candidateBad) => new()
        {
            At = Noon.AddSeconds(second), Length = Tick, Step = 1, Share = Share.Parse("10%"), Errors = new SideCounts(1_000, candidateBad, 9_000, 0),
        };
    }

    [Fact]
    public void Without_new_counts_it_holds_and_says_so()
    {
        Count(2, new ServingSpan(0, Noon));
        Report(6).Reason.ShouldNotBe(JudgeReason.Stale);
        (Report(8).Action, Report(8).Reason, Report(8).Sentence).ShouldBe((JudgeAction.Hold, JudgeReason.Stale, "no new counts of requests have come"));
    }

    [Fact]
    public void A_span_begins_when_the_nodes_are_seen_on_the_share_and_ends_with_it()
    {
        var weights = new WeightsSeen(7, null);
        var seen = _rollout with { Observed = true, WeightsIndex = 7 };
        ServingSpan.Next(null, seen with { Observed = false }, weights, Noon).ShouldBeNull();
        var span = ServingSpan.Next(null, seen, weights, Noon);
        span.ShouldBe(new ServingSpan(0, Noon));
        ServingSpan.Next(span, seen with { Observed = false }, weights, Noon.AddSeconds(5)).ShouldBeSameAs(span, "a node that fails ends nothing");
        ServingSpan.Next(span, seen with { Phase = RolloutPhase.Paused, PausedFrom = RolloutPhase.Progressing }, weights, Noon).ShouldBeSameAs(span);
        ServingSpan.Next(span, seen, new WeightsSeen(8, null), Noon).ShouldBeNull();
        ServingSpan.Next(span, seen with { WeightsIndex = null }, weights, Noon).ShouldBeNull();
        ServingSpan.Next(span, seen with { Step = 1, Observed = false }, weights, Noon).ShouldBeNull();
        ServingSpan.Next(span, seen with { Step = 1 }, weights, Noon.AddSeconds(9)).ShouldBe(new ServingSpan(1, Noon.AddSeconds(9)));
        ServingSpan.Next(span, seen with { Phase = RolloutPhase.RollingBack }, weights, Noon).ShouldBeNull();
        var queried = seen with { Plan = Plan with { Judge = new JudgePlan { Queries = new JudgeQueries("r", "b") { ScrapeInterval = TimeSpan.FromSeconds(20) } } } };
        ServingSpan.Next(null, queried, weights, Noon).ShouldBe(new ServingSpan(0, Noon.AddSeconds(20)), "an exporter's next sample has requests of the share before");
    }

    [Fact]
    public void A_step_that_another_share_interrupted_begins_anew_for_the_judge()
    {
        var running = _rollout with { Counting = true };
        for (var second = 2; second <= 60; second += 2) _judge.Count(Counts(second), running, new ServingSpan(0, Noon), isUnreachable: false);
        _judge.Save(_rollout.Id).ShouldSatisfyAllConditions(s => s.DwellMilliseconds.ShouldBe(60_000), s => s.StepRequests.ShouldBe(3_000));

        _judge.Count(Counts(62), running with { Counting = false }, new ServingSpan(0, Noon), isUnreachable: false);
        _judge.Save(_rollout.Id).DwellMilliseconds.ShouldBe(60_000, "while the rollout's clocks stand still, the step's time does too");

        _judge.Count(Counts(90), running, new ServingSpan(0, Noon.AddSeconds(80)), isUnreachable: false);
        _judge.Save(_rollout.Id).ShouldSatisfyAllConditions(s => s.DwellMilliseconds.ShouldBe(2_000), s => s.StepRequests.ShouldBe(100), s => s.Total.CandidateRequests.ShouldBe(3_200));
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(30, false)]
    public void A_baseline_needs_half_an_hour(int minutes, bool young)
    {
        var cells = new SeriesAnswer.Found([Cell("requests", "a", minutes, _ => 600), Cell("requests", "b", minutes, _ => 400), Cell("bad", "a", minutes, i => i % 2 == 0 ? 10 : 0), Cell("bad", "b", minutes, _ => 5)]);
        var latency = new SeriesAnswer.Found([Bucket("0.05", 500), Bucket("0.1", 990), Bucket("+Inf", 1_000)]);

        var baseline = BaselineQuery.Read(cells, latency);

        baseline.IsYoung.ShouldBe(young);
        if (young) return;
        baseline.ErrorRatio.ShouldBe(0.01);
        baseline.Phi.ShouldBeGreaterThan(1);
        baseline.Latency.Select(t => t.AboveSeconds).ShouldBe([0.05, 0.1]);
    }

    /// <summary>A side with one server: the few that no server had, and failed, are all in the other half.</summary>
    [Theory]
    [InlineData(49, false)]
    [InlineData(50, true)]
    public void A_side_is_halved_from_a_twentieth_of_the_requests_in_its_smaller_half_on(int smaller, bool halved)
    {
        var cells = new SeriesAnswer.Found([Cell("requests", "a", 60, _ => smaller), Cell("requests", "b", 60, _ => 1_000 - smaller), Cell("bad", "a", 60, _ => smaller), Cell("bad", "b", 60, _ => 0)]);

        BaselineQuery.Read(cells, new SeriesAnswer.Found([])).Phi.ShouldBe(halved ? OverDispersion.Most : 1);
    }

    [Fact]
    public void A_tile_counts_for_a_rollout_only_with_both_colours_and_all_of_its_nodes()
    {
        var (shop, cart) = (AppName.Parse("shop"), AppName.Parse("cart"));
        var tile = new Tile(Noon, Tick)
        {
            Counted = new HashSet<(AppName, Colour)> { (shop, Colour.Blue), (shop, Colour.Green), (cart, Colour.Blue) },
            Nodes = new Dictionary<string, NodeEvidence> { ["hap1"] = new(true, 0, Noon.AddSeconds(1)) },
        };
        RolloutCounts.Of(tile, _rollout, ["hap1"]).Problem.ShouldBeNull();
        RolloutCounts.Of(tile, _rollout, ["hap1", "hap2"]).Problem.ShouldBe("nothing was heard of what node hap2 counted");
        RolloutCounts.Of(tile with { Counted = new HashSet<(AppName, Colour)> { (shop, Colour.Blue) } }, _rollout, ["hap1"]).Problem.ShouldBe("the agents' counts of shop are awaited");
    }

    private void Count(double second, ServingSpan? span, string? problem = null, long slow = 1) => _judge.Count(Counts(second, problem, slow), _rollout, span, isUnreachable: false);

    private JudgeReport Report(double second) => _judge.Report(_rollout, Noon.AddSeconds(second));

    private static RolloutCounts Counts(double second, string? problem = null, long slow = 1) => new(
        Noon.AddSeconds(second), Tick, new ColourCounts(100, 0) { Latency = Answers(100, slow), Targeted = new TargetedCounts(1, 0) }, new ColourCounts(900, 0) { Latency = Answers(900, 9) }, problem);

    private static LatencyCounts Answers(long count, long slow) => LatencyCounts.Of([new(0.05, count / 2), new(0.1, count - slow), new(double.PositiveInfinity, count)]);

    private static LabelledSeries Cell(string part, string half, int minutes, Func<int, double> value) =>
        new(new Dictionary<string, string> { ["part"] = part, ["half"] = half }, [.. Enumerable.Range(0, minutes).Select(i => new SeriesPoint(Noon.AddMinutes(i), value(i)))]);

    private static LabelledSeries Bucket(string le, double value) => new(new Dictionary<string, string> { ["le"] = le }, [new SeriesPoint(Noon, value)]);
}
