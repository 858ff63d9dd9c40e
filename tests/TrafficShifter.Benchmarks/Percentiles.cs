using System.Diagnostics;

namespace TrafficShifter.Benchmarks;

/// <summary>Times of one kind of operation.</summary>
public sealed class Percentiles
{
    private readonly List<double> _milliseconds = [];

    public double P50 => At(0.50);

    public double P95 => At(0.95);

    public double P99 => At(0.99);

    public static Percentiles Of(IEnumerable<double> milliseconds)
    {
        var all = new Percentiles();
        all._milliseconds.AddRange(milliseconds);
        return all;
    }

    public void Add(TimeSpan time) => _milliseconds.Add(time.TotalMilliseconds);

    public void AddSince(long timestamp) => _milliseconds.Add(Stopwatch.GetElapsedTime(timestamp).TotalMilliseconds);

    /// <summary>Nearest rank, rounded to 0.01 ms.</summary>
    private double At(double part)
    {
        var sorted = _milliseconds.Order().ToList();
        return Math.Round(sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Count) - 1, 0, sorted.Count - 1)], 2);
    }
}
