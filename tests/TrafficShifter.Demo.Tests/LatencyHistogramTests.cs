using TrafficShifter.Demo.Load;

namespace TrafficShifter.Demo.Tests;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(15, 0.5)]
    [InlineData(16, 0.99)]
    [InlineData(1_000, 0.5)]
    [InlineData(65_535, 1)]
    [InlineData(3_600_000_000, 0.5)]
    public void A_percentile_is_at_most_a_sixteenth_too_high(long microseconds, double part)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMicroseconds(microseconds));

        ((long)histogram.Percentile(part).TotalMicroseconds).ShouldBeInRange(microseconds, microseconds + microseconds / 16);
    }

    [Fact]
    public void Percentiles_split_the_times_where_they_should()
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 990; i++) histogram.Record(TimeSpan.FromMicroseconds(10));
        for (var i = 0; i < 10; i++) histogram.Record(TimeSpan.FromSeconds(1));

        histogram.Percentile(0.99).ShouldBe(TimeSpan.FromMicroseconds(10));
        histogram.Percentile(0.991).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        new LatencyHistogram().Percentile(0.5).ShouldBe(TimeSpan.Zero);
    }
}
