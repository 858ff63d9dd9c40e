using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class ResyncPaceTests
{
    [Theory]
    [InlineData(0, 60)]
    [InlineData(10_000, 60)]
    [InlineData(25_000, 150)]
    [InlineData(50_000, 300)]
    [InlineData(1_000_000, 600)]
    public void Everything_is_looked_at_each_minute_and_more_seldom_the_more_there_is(int apps, int seconds) => ResyncPace.Of(apps).ShouldBe(TimeSpan.FromSeconds(seconds));
}
