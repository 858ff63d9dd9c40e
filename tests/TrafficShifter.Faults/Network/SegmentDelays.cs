namespace TrafficShifter.Faults.Network;

/// <summary>How much later than sent each piece of a stream arrives under <see cref="Weather.Passing"/>: the same seed gives the same delays.</summary>
internal sealed class SegmentDelays(int seed)
{
    private const int SegmentBytes = 1460;
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(10);
    private readonly Random _random = new(seed);

    /// <param name="bytes">How long the piece is.</param>
    public TimeSpan Next(int bytes, Weather.Passing weather)
    {
        var delay = weather.Latency;
        for (var sent = 0; sent < bytes; sent += SegmentBytes) delay = Max(delay, weather.Latency + RetransmissionDelay(weather));
        return delay;
    }

    private TimeSpan RetransmissionDelay(Weather.Passing weather)
    {
        var (delay, timeout) = (TimeSpan.Zero, LeastTimeout + (2 * weather.Latency));
        while (_random.NextDouble() < weather.Loss && delay < LongestTimeout)
        {
            delay += timeout;
            timeout *= 2;
        }
        return delay;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
