using TrafficShifter.Faults.Observation;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Invariants;

/// <summary>Never both colours at 0, never a colour above what it was given.</summary>
/// <remarks>
/// A node may show whatever was wanted in the last seconds, or on the way between two of those: it raises one colour before it lowers the other. While a fault lasts
/// and its bound after it, also what was wanted since just before it. A HAProxy that begins anew has the weights of its file until the agent has seen it; the
/// file says half and half. What is seen must be seen twice in a row: one look alone may have come between two commands of a batch.
/// </remarks>
internal sealed class SharesStayWithinTheirSteps : IInvariant
{
    private const decimal Tolerance = 0.5m;
    private const decimal OfTheFile = 50;

    /// <summary>How long a node may be behind what is wanted, without a fault.</summary>
    public static readonly TimeSpan Lag = TimeSpan.FromSeconds(2);

    public string Name => "shares within their steps";

    public IEnumerable<string> Find(RoundRecord round)
    {
        foreach (var node in round.Samples.Where(s => s.Pid is not null).GroupBy(s => s.Node))
        {
            var looks = node.OrderBy(s => s.Asked).ToList();
            foreach (var app in TestedApp.All)
                foreach (var (before, now) in looks.Zip(looks.Skip(1)))
                {
                    var problem = FindProblem(round, looks, app, now);
                    if (problem is null || FindProblem(round, looks, app, before) is null) continue;
                    yield return $"{app.Name} on haproxy{node.Key + 1}, {(now.Asked - round.Injected).TotalSeconds:0.0} s after the fault began: {problem}";
                    break;
                }
        }
    }

    private static string? FindProblem(RoundRecord round, IReadOnlyList<Sample> looks, TestedApp app, Sample look)
    {
        if (!look.Shares.TryGetValue(app.Name, out var share)) return null;
        if (share is not { } green) return "both colours are at 0";
        var allowed = Allowed(round, looks, app, look).ToList();
        if (allowed.Count == 0) return null;
        var (least, most) = (allowed.Min(), allowed.Max());
        return green < least - Tolerance || green > most + Tolerance ? $"green has {green:0.##} %, it was given {least:0.##} to {most:0.##} %" : null;
    }

    private static IEnumerable<decimal> Allowed(RoundRecord round, IReadOnlyList<Sample> looks, TestedApp app, Sample look)
    {
        var isAround = round.IsAround(look);
        var since = (isAround && round.Injected < look.Asked ? round.Injected : look.Asked) - Lag;
        // What the watch saw late may be wanted since the look before, and agents may hear of it first.
        var wanted = round.Wanted.Where(w => w.App == app.Name && w.NotBefore <= look.Answered).ToList();
        var recent = wanted.Skip(Math.Max(0, wanted.FindLastIndex(w => w.Seen <= since))).ToList();
        foreach (var value in recent) yield return value.Green;
        // A step and a rollback right behind it, between two looks at the store: the controller says what it wrote.
        foreach (var line in round.Leaders.Where(l => l.Index is not null && l.Read >= since && l.Read <= look.Answered + Lag))
            if (line.Given is { } given && given.App == app.Name) yield return given.Green;
        // Where a rollback of all goes to. Given straight to the agents, it is in the store later.
        if (round.RolledBackAll <= look.Answered)
            foreach (var value in recent) yield return value.Stable;
        // Two writes between two looks: the first of them was never seen there.
        foreach (var write in round.Operations.Where(o => o.App == app.Name && o.Kind is ("shift" or "put") && o.Outcome != OperationOutcome.Refused && o.Sent <= look.Answered && o.Answered >= since))
            yield return 100m * write.Weights!.Green / (write.Weights.Blue + write.Weights.Green);
        // The stable colour of what is rolled back here is blue. Given straight to the agents, it is in the store later.
        if (round.Rollbacks.Any(r => r.App == app.Name && r.Sent <= look.Answered)) yield return 0;
        // The same of one that chose the wrong colour; afterwards the store says for which applications it holds.
        if (isAround && round.Wrong?.Sent <= look.Answered) yield return 100;
        if (!app.IsMapped && round.MayHaveItsFile(looks, look)) yield return OfTheFile;
    }
}
