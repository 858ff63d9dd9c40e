using System.Diagnostics;

namespace TrafficShifter.Demo.Load;

/// <summary>Gives out the moments at which requests begin, evenly spaced.</summary>
/// <remarks>
/// Who is late begins at once, so the rate is met on average; but lateness of more than a second is forgiven,
/// so that a stall is not followed by a flood.
/// </remarks>
internal sealed class Pacer(double perSecond)
{
    private static readonly long MostLateness = Stopwatch.Frequency;
    private readonly double _interval = perSecond > 0 ? Stopwatch.Frequency / perSecond : 0;
    private readonly Lock _lock = new();
    private double _next = Stopwatch.GetTimestamp();

    public Task NextAsync(CancellationToken cancellationToken)
    {
        if (_interval == 0) return Task.CompletedTask;
        TimeSpan wait;
        lock (_lock)
        {
            var now = Stopwatch.GetTimestamp();
            _next = Math.Max(_next, now - MostLateness);
            wait = TimeSpan.FromSeconds((_next - now) / Stopwatch.Frequency);
            _next += _interval;
        }
        return wait > TimeSpan.FromMilliseconds(1) ? Task.Delay(wait, cancellationToken) : Task.CompletedTask;
    }
}
