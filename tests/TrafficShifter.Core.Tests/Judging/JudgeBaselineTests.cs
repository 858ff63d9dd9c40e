using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Judging;

public sealed class JudgeBaselineTests
{
    [Theory]
    [InlineData(0, 0.01, 0.001, 0.01, 0.005, 0.2)]
    [InlineData(0.004, 0.01, 0.001, 0.01, 0.005, 0.2)]
    [InlineData(0.03, 0.0602, 0.003, 0.015, 0.015, 0.2)]
    [InlineData(0.26, 0.5202, 0.026, 0.13, 0.13, 0)]
    public void Ceiling_and_margins_follow_the_usual_error_ratio(double ratio, double p0, double fine, double coarse, double last, double absolute)
    {
        var constants = new JudgeBaseline { ErrorRatio = ratio, Phi = 1.4, Latency = LatencyTest.All }.Apply(new JudgeConstants());

        constants.P0.ShouldBe(p0, 1e-12);
        (constants.MarginFine, constants.MarginCoarse, constants.MarginLast).ShouldBe((Math.Max(fine, 0.1 * ratio), coarse, last));
        (constants.Phi, constants.Weights.Absolute, constants.FindProblem()).ShouldBe((1.4, absolute, null));
    }

    [Fact]
    public void Young_baseline_is_cautious_and_says_so()
    {
        var constants = JudgeBaseline.Young(latency: true).Apply(new JudgeConstants());

        (constants.Phi, constants.YoungBaseline, constants.Weights).ShouldBe((2, true, new EvidenceWeights(0.7, 0, 0.3)));
        constants.P0.ShouldBe(0.0102, 1e-12);
        constants.Latency.ShouldAllBe(t => t.AboveSeconds == null);
        JudgeBaseline.Young(latency: false).Apply(new JudgeConstants()).Weights.ShouldBe(new EvidenceWeights(1, 0, 0));
    }

    [Fact]
    public void Bounds_of_a_young_baseline_are_chosen_once()
    {
        var judge = Judge.Start(JudgeBaseline.Young(latency: true).Apply(new JudgeConstants()));

        judge.ChooseLatency([new() { Quantile = LatencyQuantile.P50, AboveSeconds = 0.1 }]);
        judge.ChooseLatency([new() { Quantile = LatencyQuantile.P50, AboveSeconds = 0.5 }, new() { Quantile = LatencyQuantile.P90, AboveSeconds = 0.5 }]);

        judge.Constants.Latency.Select(t => t.AboveSeconds).ShouldBe([0.1, 0.5, null]);
    }

    [Fact]
    public void Latency_bounds_are_the_nearest_by_ratio_and_none_is_used_twice()
    {
        LatencyTest.Choose([new(0.05, 100), new(0.1, 600), new(0.25, 920), new(0.5, 985), new(1, 1000)], 1000).Select(t => (t.Quantile, t.AboveSeconds!.Value))
            .ShouldBe([(LatencyQuantile.P50, 0.1), (LatencyQuantile.P90, 0.25), (LatencyQuantile.P99, 0.5)]);

        // 200 and 50 of 1000 are as far from a tenth, by ratio: the lower bound has it.
        LatencyTest.Choose([new(0.1, 800), new(0.25, 950)], 1000).Select(t => (t.Quantile, t.AboveSeconds!.Value))
            .ShouldBe([(LatencyQuantile.P50, 0.1), (LatencyQuantile.P99, 0.25)]);
        LatencyTest.Choose([new(0.1, 1000), new(0.25, 1000)], 1000).ShouldBeEmpty();
    }

    [Fact]
    public void Independent_errors_have_no_over_dispersion_and_clusters_have_their_size()
    {
        OverDispersion.Estimate([]).ShouldBe(1);
        OverDispersion.Estimate(Enumerable.Repeat(new HalfCounts(1000, 5, 1000, 5), 300)).ShouldBe(1);

        // Every incident is of seven errors on one half. (3.5² / 1.75 × 300 + 5) / 305.
        var clusters = Enumerable.Range(0, 300).Select(i => i % 2 == 0 ? new HalfCounts(1000, 7, 1000, 0) : new HalfCounts(1000, 0, 1000, 7));
        OverDispersion.Estimate(clusters).ShouldBe((7 * 300 + 5) / 305.0, 1e-9);
        OverDispersion.Estimate(Enumerable.Repeat(new HalfCounts(1000, 900, 1000, 0), 300)).ShouldBe(20);
        OverDispersion.Estimate([new HalfCounts(0, 0, 1000, 7), new HalfCounts(0, 0, 0, 0)]).ShouldBe(1);
    }

    [Fact]
    public void Few_large_incidents_among_small_ones_count_by_their_errors()
    {
        // One incident in each cell, nine of 1 error and one of 13: the mean of ratios alone would say 2.2, the errors' view is (9 + 169) / (9 + 13) = 8.1.
        var cells = Enumerable.Range(0, 1000).Select(i => new HalfCounts(1000, i % 10 == 0 ? 13 : 1, 1000, 0));

        OverDispersion.Estimate(cells).ShouldBe(8.05, 0.1);
    }

    [Fact]
    public void One_server_is_judged_by_its_unevenness_over_time()
    {
        OverDispersion.EstimateOverTime([.. Enumerable.Repeat((1000L, 10L), 60)]).ShouldBe(1);
        OverDispersion.EstimateOverTime([.. Enumerable.Range(0, 60).Select(i => (1000L, i % 10 == 0 ? 100L : 0L))]).ShouldBe(20);
        OverDispersion.EstimateOverTime([(1000L, 0L)]).ShouldBe(2);
        OverDispersion.EstimateOverTime([]).ShouldBe(2);
    }

    [Theory]
    [InlineData(0, "10%")]
    [InlineData(100, "10%")]
    [InlineData(200, "10%")]
    [InlineData(500, "4%")]
    [InlineData(2_000, "1%")]
    [InlineData(1_000_000, "1%")]
    public void First_step_brings_twenty_requests_a_second(double requestsPerSecond, string share) => FirstStep.For(requestsPerSecond).ShouldBe(Share.Parse(share));

    [Fact]
    public void Series_rises_by_the_same_factor_to_a_half()
    {
        FirstStep.Series(10_000).Select(s => s.ToString()).ShouldBe(["1%", "2.66%", "7.07%", "18.8%", "50%"]);
        FirstStep.Series(10, 2).Select(s => s.ToString()).ShouldBe(["10%", "50%"]);
    }
}
