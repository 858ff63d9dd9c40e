using System.Globalization;

namespace TrafficShifter.Faults.Leaks;

/// <summary>Whether an amount that was sampled through a soak grows.</summary>
/// <remarks>
/// <list type="number">
/// <item>The first third is left out: caches fill, pools grow, code is compiled.</item>
/// <item>The slope is the median of the slopes of all pairs of samples (P. K. Sen, 1968): a few samples in the middle of something do not decide.</item>
/// <item>It is a leak when the slope over the time that was looked at is more than the tolerance, and the last quarter lies above the first by as much, by their medians:
/// one step, after which it is flat, is none.</item>
/// </list>
/// </remarks>
internal static class SlopeTest
{
    /// <summary>With fewer samples nothing is said.</summary>
    public const int LeastSamples = 12;

    /// <summary>A sentence that says how it grows; null: it does not, or too little is known.</summary>
    public static string? FindLeak(Resource resource, IReadOnlyList<LeakSample> samples)
    {
        var settled = samples.Skip(samples.Count / 3).ToList(); // 1
        if (settled.Count < LeastSamples) return null;
        var lasted = settled[^1].At - settled[0].At;
        var grown = Slope(settled) * lasted.TotalSeconds; // 2
        var quarter = settled.Count / 4;
        var (first, last) = (Median(settled.Take(quarter)), Median(settled.TakeLast(quarter)));
        var allowed = resource.Tolerance.Of(first);
        if (grown <= allowed || last - first <= allowed * 0.75 || IsOneStep(settled, allowed)) return null; // 3
        return string.Create(CultureInfo.InvariantCulture, $"{resource} grows: {first:0.#} at first, {last:0.#} at last, {grown:0.#} more in {lasted.TotalMinutes:0.#} min by its slope; {allowed:0.#} are allowed");
    }

    private static double Slope(List<LeakSample> samples)
    {
        var slopes = new List<double>(samples.Count * (samples.Count - 1) / 2);
        for (var i = 0; i < samples.Count; i++)
            for (var j = i + 1; j < samples.Count; j++)
                if (samples[j].At > samples[i].At) slopes.Add((samples[j].Amount - samples[i].Amount) / (samples[j].At - samples[i].At).TotalSeconds);
        return Middle(slopes);
    }

    /// <summary>It is as flat after its largest rise as before it.</summary>
    private static bool IsOneStep(List<LeakSample> samples, double allowed)
    {
        var half = samples.Count / 2;
        var (early, late) = (samples.Take(half).ToList(), samples.Skip(half).ToList());
        return new[] { early, late }.Any(part => Math.Abs(Slope(part) * (part[^1].At - part[0].At).TotalSeconds) <= allowed / 10);
    }

    private static double Median(IEnumerable<LeakSample> samples) => Middle([.. samples.Select(s => s.Amount)]);

    private static double Middle(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }
}
