using TrafficShifter.Core.Judging;

namespace TrafficShifter.Core.Tests.Judging;

/// <summary>The factors of single batches, computed by an independent program.</summary>
public sealed class FactorVectorTests
{
    private static readonly JudgeConstants Defaults = new();

    [Theory]
    [InlineData(100, 3, 900, 1, 28.69555467878339, new[] { 0.1975818733831063, 0.46422474943243897, 1.012663239075337, 1.8927716255790843, 3.067887563951247, 4.255076576397821, 4.566432235753036, 3.3743606857145787 })]
    [InlineData(500, 5, 500, 5, 0.4118687580890224, new[] { -0.011248079698325492, -0.050584923164384836, -0.2241099726012754, -0.7952494906360047, -2.2914355131420967, -5.616373639232206, -11.854973542093456, -20.81495618365815 })]
    [InlineData(10, 10, 90, 0, 1026536255.703456, new[] { 0.6897858577266581, 1.6248363538012782, 3.5658922965301816, 6.7493581791440995, 11.23514712037015, 16.598785752427037, 20.98211595936131, 22.654874472262527 })]
    public void Relative_factors_are_those_of_the_reference(long ng, long xg, long nb, long xb, double mean, double[] expected)
    {
        var (logs, perDelta) = (new double[8], new double[8]);

        new RelativeTest(Defaults.RatioBets).Weigh(new SideCounts(ng, xg, nb, xb), 1, logs, perDelta);

        var factors = logs.Zip(perDelta, (log, delta) => log - 0.0002 * delta).ToList();
        for (var i = 0; i < 8; i++) factors[i].ShouldBeNearly(expected[i], $"bet {i}");
        factors.Average(Math.Exp).ShouldBeNearly(mean, "mean");
    }

    [Theory]
    [InlineData(2, 2, 2372.9073400000007)]
    [InlineData(100, 1, 0.16458538535883874)]
    public void Absolute_factors_are_those_of_the_reference(long n, long x, double mean)
    {
        var test = new AbsoluteTest(Defaults);
        test.Mixture.Pay(1);

        test.Update(new SideCounts(n, x, 0, 0));

        test.Mixture.E.ShouldBeNearly(mean);
        var logs = test.Mixture.Save().Wealth.Select(w => Math.Log(5 * w)).ToList();
        var expected = n == 2
            ? new[] { 1.376269277472802, 3.2028114814736726, 5.526339000646579, 7.843946672562629, 9.108806137868877 }
            : [-0.3068486107602426, -2.4399717167684134, -13.326204519956416, -64.69959753915327, -292.0230920129107];
        for (var i = 0; i < 5; i++) logs[i].ShouldBeNearly(expected[i], $"bet {i}");
    }

    [Theory]
    [InlineData(300, 0, 2700, 0, 5.98427260153111, new[] { 3.0, 2.0999999999999996, 1.2000000000000002, 0.5999999999999999, 0.29999999999999993, 0.15000000000000013 })]
    [InlineData(300, 1, 2700, 3, 1.5453110409920978, new[] { -996.6839184530265, 1.1207311201934167, 0.8196297120532259, 0.44279316884211584, 0.22778899290192856, 0.11532724673929567 })]
    public void Go_factors_are_those_of_the_reference(long ng, long xg, long nb, long xb, double mean, double[] expected)
    {
        var batch = new SideCounts(ng, xg, nb, xb);
        var test = new GoTest(Defaults.GoBets);
        var logs = new double[6];

        test.Weigh(batch, logs);
        test.Update(batch, logs, 0.01, 1);

        for (var i = 0; i < 6; i++) (logs[i] + ng * 0.01 * (1 - Defaults.GoBets[i])).ShouldBeNearly(expected[i], $"bet {i}");
        test.E.ShouldBeNearly(mean, "mean");
    }

    [Theory]
    [InlineData(0, 10, 0.3, 1)]
    [InlineData(1, 2, 0.1, 0.19)]
    [InlineData(2, 2, 0.1, 0.01)]
    [InlineData(3, 4, 0.1, 0.0037)]
    [InlineData(3, 3, 0.13043478260869565, 0.00221911728445796)]
    [InlineData(1, 3, 0.5, 0.875)]
    [InlineData(11, 10, 0.5, 0)]
    [InlineData(5, 10, 1, 1)]
    [InlineData(500, 1000, 0.5, 0.5126125090891803)]
    [InlineData(600, 1000, 0.5, 1.3642320780330092E-10)]
    [InlineData(5_100_000, 10_000_000, 0.5, 0)]
    [InlineData(5_000_000, 10_000_000, 0.5, 0.5001261566229471)]
    public void Tail_of_the_binomial_is_exact_for_counts_of_any_size(long x, long n, double p, double tail) =>
        BinomialTail.AtLeast(x, n, p).ShouldBe(tail, 1e-9 * tail + 1e-300);
}
