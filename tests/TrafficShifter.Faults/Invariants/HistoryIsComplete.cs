using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Invariants;

/// <summary>The history has every change once, and every write that was acknowledged is still there.</summary>
/// <remarks>After the store was emptied, what was written before is not expected in it.</remarks>
internal sealed class HistoryIsComplete : IInvariant
{
    /// <summary>What happens to one rollout at most once. It has two steps, so it advances once.</summary>
    private static readonly string[] Once = ["rollout.created", "rollout.started", "rollout.advanced", "rollout.succeeded", "rollout.aborted", "rollout.rolledBack"];

    public string Name => "history complete";

    public IEnumerable<string> Find(RoundRecord round) => [.. FindTold(round), .. FindRepeated(round), .. FindLost(round)];

    private static IEnumerable<string> FindTold(RoundRecord round)
    {
        var told = round.History.Where(h => h.Reason.Length > 0).ToLookup(h => h.Reason);
        foreach (var operation in round.Operations.Where(o => o.Kind is not ("read" or "put")))
        {
            var (count, name) = (told[operation.Reason].Count(), $"{operation.App}: {operation.Reason} by {operation.Actor}");
            if (count > 1) yield return $"{name} is {count} times in the history";
            if (operation.Outcome == OperationOutcome.Accepted && count == 0 && IsExpected(round, operation)) yield return $"{name} was acknowledged and is not in the history: {operation.Answer}";
            if (operation.Outcome == OperationOutcome.Refused && count > 0) yield return $"{name} was refused and is in the history: {operation.Answer}";
        }
    }

    private static IEnumerable<string> FindRepeated(RoundRecord round) =>
        round.History.Where(h => h.Rollout is not null && Once.Contains(h.Kind)).GroupBy(h => (h.Rollout, h.Kind)).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key.Rollout}: {g.Key.Kind} is {g.Count()} times in the history")
            .Concat(round.History.GroupBy(h => h.Id).Where(g => g.Count() > 1).Select(g => $"the history has two entries {g.Key}"));

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
