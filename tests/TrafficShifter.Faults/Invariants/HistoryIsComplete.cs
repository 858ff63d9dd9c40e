using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Invariants;

/// <summary>The history has every change once, and every write that was acknowledged is still there.</summary>
/// <remarks>After the store was emptied, what was written before is not expected in it.</remarks>
internal sealed class HistoryIsComplete : IInvariant
{
    /// <summary>What happens to one rollout at most once. It has two steps, so it advances once.</summary>
    private static readonly string[] Once = ["rollout.created", "rollout.started", "rollout.advanced", "rollout.succeeded", "rollout.aborted", "rollout.rolledBack"];

    public string Name => "history complete";

    public IEnumerable<string> Find(RoundRecord round) => [.. FindTold(round), .. FindRolledBack(round), .. FindRepeated(round), .. FindLost(round)];

    private static IEnumerable<string> FindTold(RoundRecord round)
    {
        var told = round.History.Where(h => h.Reason.Length > 0).ToLookup(h => h.Reason);
        foreach (var operation in round.Operations.Where(o => o.Kind is not ("read" or "put" or Operation.RollbackOfAll)))
        {
            var (count, name) = (told[operation.Reason].Count(), $"{operation.App}: {operation.Reason} by {operation.Actor}");
            if (count > 1) yield return $"{name} is {count} times in the history";
            if (operation.Outcome == OperationOutcome.Accepted && count == 0 && IsExpected(round, operation)) yield return $"{name} was acknowledged and is not in the history: {operation.Answer}";
            if (operation.Outcome == OperationOutcome.Refused && count > 0) yield return $"{name} was refused and is in the history: {operation.Answer}";
        }
    }

    /// <summary>A rollback of all is told once, by the one write or, past the store, for each application; and each application's state tells it once, unless somebody unlocked it before.</summary>
    private static IEnumerable<string> FindRolledBack(RoundRecord round)
    {
        foreach (var operation in round.Operations.Where(o => o.Kind == Operation.RollbackOfAll))
        {
            var told = round.History.Where(h => h.Reason == operation.Reason).GroupBy(h => h.App).ToDictionary(g => g.Key, g => g.Count());
            // Given to the agents, it may still be written when the store goes on: another one that was recorded in between is followed by it once more.
            foreach (var (app, count) in told.Where(t => t.Value > (t.Key.Length > 0 && operation.ModifyIndex is null or 0 ? 2 : 1))) yield return $"{(app.Length == 0 ? "all applications" : app)}: {operation.Reason} by {operation.Actor} is {count} times in the history";
            if (operation is { Outcome: OperationOutcome.Accepted, ModifyIndex: > 0 } && !told.ContainsKey("") && IsExpected(round, operation))
                yield return $"{operation.Reason} by {operation.Actor} was acknowledged and is not in the history: {operation.Answer}";
        }
        foreach (var untold in FindUntold([.. round.Operations.Where(o => IsExpected(round, o))], round.History)) yield return untold;
    }

    /// <summary>What the history does not tell yet of acknowledged rollbacks of all.</summary>
    /// <remarks>One that another one of all overtook is told once, for all of them or by those that had it; one that single applications overtook is not told by these.</remarks>
    public static IReadOnlyList<string> FindUntold(IReadOnlyList<Operation> operations, IReadOnlyList<HistoryRow> history)
    {
        var taken = operations.Where(o => o is { Kind: Operation.RollbackOfAll, Outcome: OperationOutcome.Accepted }).ToList();
        if (taken.Count == 0) return [];
        var last = taken.MaxBy(o => o.Sent)!;
        var nowhere = taken.Where(o => o.To != last.To && !history.Any(h => h.Reason == o.Reason)).Select(o => $"{o.Reason} by {o.Actor} was acknowledged, then overtaken, and is nowhere in the history: {o.Answer}");
        // Whoever insists asks for the same one twice.
        var reasons = taken.Where(o => o.To == last.To).Select(o => o.Reason).ToHashSet();
        var told = history.Where(h => reasons.Contains(h.Reason) || h.Kind == "app.unlocked").Select(h => h.App)
            .Concat(operations.Where(o => o is { Kind: Operation.Rollback, Outcome: OperationOutcome.Accepted } && o.Sent > last.Sent).Select(o => o.App)).ToHashSet();
        var apps = TestedApp.All.Select(a => a.Name).Where(a => !told.Contains(a)).ToList();
        return [.. nowhere, .. apps.Count > 0 ? [$"the rollback of all is not in the history of {string.Join(", ", apps)}"] : Array.Empty<string>()];
    }

    private static IEnumerable<string> FindRepeated(RoundRecord round) =>
        round.History.Where(h => h.Rollout is not null && Once.Contains(h.Kind)).GroupBy(h => (h.Rollout, h.Kind)).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key.Rollout}: {g.Key.Kind} is {g.Count()} times in the history")
            .Concat(round.History.GroupBy(h => (h.App, h.Id)).Where(g => g.Count() > 1).Select(g => $"the history has two entries {g.Key.Id}"));

    private static IEnumerable<string> FindLost(RoundRecord round)
    {
        foreach (var stored in round.Stored)
        {
            var last = round.Operations.Where(o => o.App == stored.App && o is { Kind: "shift", Outcome: OperationOutcome.Accepted, ModifyIndex: not null } && IsExpected(round, o)).MaxBy(o => o.ModifyIndex);
            if (last is null) continue;
            if (stored.ModifyIndex < last.ModifyIndex) yield return $"{stored.App}: {last.Reason} was acknowledged at index {last.ModifyIndex}, the store is at {stored.ModifyIndex}";
            if (stored.ModifyIndex == last.ModifyIndex && stored.Reason != last.Reason) yield return $"{stored.App}: index {stored.ModifyIndex} was {last.Reason} and is \"{stored.Reason}\" now";
        }
    }

    private static bool IsExpected(RoundRecord round, Operation operation) => !round.WipesStore || operation.Sent > round.Healed;
}
