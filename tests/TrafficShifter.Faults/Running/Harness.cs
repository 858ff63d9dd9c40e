using System.Diagnostics;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Leaks;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Running;

/// <summary>Runs faults on one stack, one round after another.</summary>
internal static class Harness
{
    /// <summary>0: every invariant held in every round.</summary>
    public static async Task<int> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var results = await RunAllAsync(options, cancellationToken);
        Results.Write(results, options.Soak is not null);
        return results.Sum(r => r.Violations.Count) == 0 ? 0 : 1;
    }

    public static async Task<IReadOnlyList<RoundResult>> RunAllAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var schedule = Schedule.Of(options, Catalogue.All);
        await using var stack = await FaultStack.StartAsync(Seams.For(options.Seed), cancellationToken);
        using var logs = options.Logs is { } folder ? new LogFiles(folder, [.. stack.Servers, .. stack.Agents]) : null;
        await using var control = await FaultStack.StartControlAsync(cancellationToken);
        await using var watchers = new Watchers(stack);
        using var leaks = new LeakWatch(stack);
        var (round, results, began) = (new Round(stack, watchers, new HistoryReader(stack)), new List<RoundResult>(), Stopwatch.GetTimestamp());
        foreach (var (faults, seed) in schedule)
        {
            var (at, waited) = (Stopwatch.GetElapsedTime(began), ProcessorPressure.Waited);
            logs?.Begin(string.Join(" + ", faults.Select(f => f.Name)));
            results.Add(await RunAsync(round, faults, control, seed, logs, cancellationToken) with { Seed = seed, Began = at });
            await TellAsync(results, Stopwatch.GetElapsedTime(began), ProcessorPressure.Waited - waited);
            // What could not be put right by itself would be blamed on the faults after it.
            if (results[^1].IsBroken) break;
            await leaks.SampleAsync(cancellationToken);
        }
        foreach (var leak in leaks.FindLeaks()) results[^1] = results[^1] with { Violations = [.. results[^1].Violations, $"nothing leaks: {leak}"] };
        return results;
    }

    private static async Task<RoundResult> RunAsync(Round round, IReadOnlyList<IFault> faults, FaultStack control, int seed, LogFiles? logs, CancellationToken cancellationToken)
    {
        try
        {
            var record = await round.RunAsync(faults, faults.Any(f => f.TouchesTraffic) ? control : null, seed, cancellationToken);
            logs?.End(record);
            return RoundResult.Of(record, AllInvariants.List);
        }
        catch (PeerException broken)
        {
            return RoundResult.Broken(string.Join(" + ", faults.Select(f => f.Name)), broken.Message);
        }
    }

    /// <summary>A line when a round has ended, and what was broken in it.</summary>
    /// <param name="waited">For how long of it something on the machine waited for a processor.</param>
    private static async Task TellAsync(List<RoundResult> results, TimeSpan now, TimeSpan? waited)
    {
        var last = results[^1];
        var (what, all) = (last.Violations.Count == 0 ? "held" : $"{last.Violations.Count} broken", results.Sum(r => r.Violations.Count));
        var pressure = waited is { } known ? $", processors short for {known / (now - last.Began):P0} of it" : "";
        await Console.Error.WriteLineAsync($"{Results.Time(now)} round {results.Count}, {last.Name}, seed {last.Seed}{last.Emergency}: {what} in {(now - last.Began).TotalSeconds:0} s{pressure}; {all} broken so far");
        Results.WriteViolations(last, Console.Error);
    }
}
