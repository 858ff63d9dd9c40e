using System.Diagnostics;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>What processes use while nobody asks for anything, all of them in the same window.</summary>
internal static class IdleWindow
{
    /// <returns>Per cent of one core, in the order of <paramref name="pids"/>.</returns>
    public static async Task<IReadOnlyList<double>> MeasureAsync(TimeSpan window, IReadOnlyList<int> pids, CancellationToken cancellationToken)
    {
        var (before, began) = (pids.Select(ProcessCpu.ReadWhole).ToList(), Stopwatch.GetTimestamp());
        await Task.Delay(window, cancellationToken);
        var took = Stopwatch.GetElapsedTime(began);
        return [.. pids.Select((pid, i) => Math.Round(100 * ((ProcessCpu.ReadWhole(pid) - before[i]) / took), 3))];
    }
}
