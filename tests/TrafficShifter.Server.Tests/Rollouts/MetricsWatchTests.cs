using TrafficShifter.Server.Rollouts;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

public sealed class MetricsWatchTests
{
    [Fact]
    public async Task An_outage_is_counted_from_the_first_probe_that_failed_and_not_over_a_time_in_which_nobody_asked()
    {
        var time = new ManualTime();
        var source = new InMemoryMetricSource(time);
        var watch = new MetricsWatch(source, time);
        watch.HasProbed.ShouldBeFalse();
        await watch.ProbeAsync(default);
        (watch.HasProbed, watch.FindAway()).ShouldBe((true, null));

        source.GoAway("connection refused");
        await watch.ProbeAsync(default);
        time.Advance(TimeSpan.FromSeconds(5));
        await watch.ProbeAsync(default);
        var away = watch.FindAway().ShouldNotBeNull();
        (away.For, away.Reason.Contains("connection refused", StringComparison.Ordinal)).ShouldBe((TimeSpan.FromSeconds(5), true));

        watch.Forget();
        (watch.HasProbed, watch.FindAway()).ShouldBe((false, null));
        time.Advance(TimeSpan.FromHours(1));
        await watch.ProbeAsync(default);
        watch.FindAway()!.For.ShouldBe(TimeSpan.Zero);
    }
}
