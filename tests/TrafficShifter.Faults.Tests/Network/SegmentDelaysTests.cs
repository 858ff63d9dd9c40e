using TrafficShifter.Faults.Network;

namespace TrafficShifter.Faults.Tests.Network;

public sealed class SegmentDelaysTests
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void Without_loss_everything_is_later_by_the_latency() =>
        Delays(new Weather.Passing(Latency, 0), bytes: 100_000).ShouldAllBe(delay => delay == Latency);

    [Fact]
    public void What_is_lost_is_later_by_a_retransmission_time_out_and_twice_as_much_the_next_time()
    {
        var delays = Delays(new Weather.Passing(Latency, 0.05), bytes: 1000);

        // 200 ms and the way there and back; then twice that on top.
        delays.Distinct().Order().Take(3).ShouldBe([Latency, Latency + TimeSpan.FromMilliseconds(800), Latency + TimeSpan.FromMilliseconds(2400)]);
        (delays.Count(d => d > Latency) / 10_000.0).ShouldBeInRange(0.04, 0.06);
    }

    [Fact]
    public void Of_a_long_piece_the_segment_that_is_latest_counts() =>
        (Delays(new Weather.Passing(Latency, 0.05), bytes: 14_600).Count(d => d > Latency) / 10_000.0).ShouldBeInRange(0.37, 0.43, "1 - 0.95 to the tenth");

    [Fact]
    public void The_same_seed_gives_the_same_delays() =>
        Delays(new Weather.Passing(Latency, 0.05), 1000).ShouldBe(Delays(new Weather.Passing(Latency, 0.05), 1000));

    private static List<TimeSpan> Delays(Weather.Passing weather, int bytes)
    {
        var delays = new SegmentDelays(seed: 7);
        return [.. Enumerable.Range(0, 10_000).Select(_ => delays.Next(bytes, weather))];
    }
}
