namespace TrafficShifter.Core.Rollouts;

/// <summary>Elapsed time as documents keep it.</summary>
internal static class Clocks
{
    /// <summary>Adds in whole milliseconds, rounded down: what is written to a document and read again is the same.</summary>
    public static TimeSpan Add(TimeSpan clock, TimeSpan elapsed) =>
        elapsed <= TimeSpan.Zero ? clock : TimeSpan.FromTicks((clock + elapsed).Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond);
}
