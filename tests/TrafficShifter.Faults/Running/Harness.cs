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
        Results.Write(results);
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
        var (round, results) = (new Round(stack, watchers, new HistoryReader(stack)), new List<RoundResult>());
        foreach (var (faults, seed) in schedule)
        {
            await Console.Error.WriteLineAsync($"{string.Join(" + ", faults.Select(f => f.Name))} …");
            logs?.Begin(string.Join(" + ", faults.Select(f => f.Name)));
            var record = await round.RunAsync(faults, faults.Any(f => f.TouchesTraffic) ? control : null, seed, cancellationToken);
            logs?.End(record);
            results.Add(RoundResult.Of(record, AllInvariants.List));
            foreach (var violation in results[^1].Violations) await Console.Error.WriteLineAsync($"  {violation}");
            await leaks.SampleAsync(cancellationToken);
        }
        foreach (var leak in leaks.FindLeaks()) results[^1] = results[^1] with { Violations = [.. results[^1].Violations, $"nothing leaks: {leak}"] };
        return results;
    }
}
