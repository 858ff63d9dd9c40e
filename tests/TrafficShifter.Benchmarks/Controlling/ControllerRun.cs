using System.Diagnostics;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Controlling;

/// <summary>Some intervals of the running rollouts: what they took, and what came of them.</summary>
/// <param name="Server">Cores of the process with api and controller; of the others likewise.</param>
/// <param name="Queries">What VictoriaMetrics was asked in an interval, the controller's question for the time included.</param>
/// <param name="Passed">Measurements of both checks that passed: every one should.</param>
/// <param name="Other">Those that said anything else.</param>
/// <param name="Writes">How fast Consul's index rises.</param>
internal sealed record ControllerRun(
    DateTimeOffset From, DateTimeOffset To, double Server, double Agent, double VictoriaMetrics, double Consul, double Queries, long Passed, long Wanted, long Other, double Writes, double Megabytes)
{
    public static async Task<ControllerRun> MeasureAsync(ControllerStack stack, int intervals, CancellationToken cancellationToken)
    {
        var (from, began, before) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp(), await ControllerReading.TakeAsync(stack, cancellationToken));
        await Task.Delay(intervals * ControllerFleet.Interval, cancellationToken);
        var (after, took) = (await ControllerReading.TakeAsync(stack, cancellationToken), Stopwatch.GetElapsedTime(began));
        double Cores(Func<ControllerReading, double> cpu) => (cpu(after) - cpu(before)) / took.TotalSeconds;
        var passed = after.Measurements("passed") - before.Measurements("passed");
        var (all, rollouts) = (after.Measurements(null) - before.Measurements(null), stack.Fleet.Apps.Count);
        return new ControllerRun(
            from, DateTimeOffset.UtcNow, Cores(r => r.Server), Cores(r => r.Agent), Cores(r => r.VictoriaMetrics), Cores(r => r.Consul),
            (after.Queries - before.Queries) * (ControllerFleet.Interval / took), passed, (long)(2 * rollouts * (took / ControllerFleet.Interval)), all - passed,
            (after.Index - before.Index) / took.TotalSeconds, ProcessCpu.ReadMegabytes(stack.Server!.Pid));
    }

    /// <summary>How often a check of these rollouts was measured more than one interval late, as their documents say.</summary>
    public int CountLate(IReadOnlyList<Rollout> saved) => saved.Sum(rollout => rollout.Checks.Sum(check =>
    {
        var moments = rollout.Measurements.Where(m => m.Check == check.Name && m.At >= From && m.At <= To).Select(m => m.At).Order().Prepend(From).Append(To).ToList();
        return moments.Zip(moments.Skip(1), (a, b) => Math.Max(0, (int)((b - a) / ControllerFleet.Interval) - 1)).Sum();
    }));
}

/// <summary>Counters as they stand at a moment; CPU in seconds.</summary>
internal sealed record ControllerReading(
    double Server, double Agent, double VictoriaMetrics, double Consul, long Queries, IReadOnlyDictionary<(string Check, string Outcome), long> Counts, long Index)
{
    public static async Task<ControllerReading> TakeAsync(ControllerStack stack, CancellationToken cancellationToken) => new(
        ProcessCpu.ReadWhole(stack.Server!.Pid).TotalSeconds, ProcessCpu.ReadWhole(stack.Agent!.Pid).TotalSeconds, ProcessCpu.ReadWhole(stack.VictoriaMetrics.Pid).TotalSeconds, ProcessCpu.ReadWhole(stack.Consul.Pid).TotalSeconds,
        await stack.CountQueriesAsync(cancellationToken), await stack.CountMeasurementsAsync(cancellationToken), await stack.ReadIndexAsync(cancellationToken));

    /// <param name="outcome">Null: all of them.</param>
    public long Measurements(string? outcome) => Counts.Where(c => outcome is null || c.Key.Outcome == outcome).Sum(c => c.Value);
}
