using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Judging;

/// <summary>Ticks of 5 s, one after the other.</summary>
internal sealed class Ticks
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private DateTimeOffset _at = Start;

    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(5);

    public int Step { get; set; } = 1;

    public Share? Share { get; set; }

    public JudgeTick Next(SideCounts errors, SideCounts? slow50 = null, SideCounts? slow90 = null, SideCounts? slow99 = null) => new()
    {
        At = _at += Length,
        Length = Length,
        Step = Step,
        Share = Share,
        Errors = errors,
        Slow50 = slow50,
        Slow90 = slow90,
        Slow99 = slow99,
    };

    public JudgeTick Next(long candidateRequests, long candidateBad, long stableRequests, long stableBad) => Next(new(candidateRequests, candidateBad, stableRequests, stableBad));
}

internal static class Nearly
{
    /// <summary>Within 1e-9 relative.</summary>
    public static void ShouldBeNearly(this double actual, double expected, string? what = null) =>
        Math.Abs(actual - expected).ShouldBeLessThanOrEqualTo(1e-9 * Math.Abs(expected), $"{what} is {actual:R}, expected {expected:R}");
}
