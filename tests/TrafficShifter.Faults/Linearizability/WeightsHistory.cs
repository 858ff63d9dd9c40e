using System.Globalization;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Linearizability;

/// <summary>What callers did, as operations on the register of one application.</summary>
internal static class WeightsHistory
{
    /// <summary>Kinds of operations after which others write the weights too: a controller, an unlock.</summary>
    private static readonly string[] BringsWriters = ["rollout", "resume", "abort", "unlock"];

    /// <summary>What of these operations tells something about the weights.</summary>
    /// <param name="operations">Of one application.</param>
    /// <remarks>
    /// A refusal tells nothing: it may be for a lock. Where others wrote too, each index that somebody read and nobody we asked wrote is a write of theirs, which
    /// may have happened at any time before the answer of the first who read it.
    /// </remarks>
    public static IReadOnlyList<WeightsOperation> Of(IReadOnlyList<Operation> operations)
    {
        if (operations.Count == 0) return [];
        var begin = operations.Min(o => o.Sent);
        var told = operations.Select(o => Convert(o, begin)).OfType<WeightsOperation>().ToList();
        if (!operations.Any(o => BringsWriters.Contains(o.Kind))) return told;

        var written = told.OfType<WeightsOperation.Written>().Select(w => w.ModifyIndex).ToHashSet();
        var others = told.OfType<WeightsOperation.Read>().Where(r => !written.Contains(r.ModifyIndex)).GroupBy(r => r.ModifyIndex)
            .Select(g => g.MinBy(r => r.Answered)!)
            .Select(first => new WeightsOperation.Written("somebody else", TimeSpan.Zero, first.Answered, first.Weights, null, first.ModifyIndex));
        return [.. others, .. told];
    }

    private static WeightsOperation? Convert(Operation operation, DateTimeOffset begin)
    {
        var (sent, answered) = (operation.Sent - begin, operation.Answered - begin);
        if (operation.Weights is not { } found) return null;
        return (operation.Kind, operation.Outcome) switch
        {
            ("read", OperationOutcome.Accepted) when operation.ModifyIndex is { } index => new WeightsOperation.Read(operation.Actor, sent, answered, Text(found), index),
            ("shift" or "put", OperationOutcome.Accepted) => new WeightsOperation.Written(operation.Actor, sent, answered, Text(found), null, operation.ModifyIndex),
            ("shift" or "put", OperationOutcome.Unknown) => new WeightsOperation.Unknown(operation.Actor, sent, Text(found), null),
            _ => null,
        };
    }

    private static string Text(Weights weights) => string.Create(CultureInfo.InvariantCulture, $"{weights.Blue}:{weights.Green}");
}
