using TrafficShifter.Faults.Observation;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Invariants;

/// <summary>An authorised rollback is taken in the middle of any fault, and soon observed on every node that can be reached.</summary>
/// <remarks>
/// A node can be reached while its socket answers <c>show info</c> within a second and its agent runs; one that comes back is counted from then on. Nobody unlocks
/// what is rolled back here: once a node has shown it, it shows it until the round's end, whatever comes back, a rollback to the other colour that was answered
/// before it above all.
/// </remarks>
internal sealed class RollbackAlwaysWorks : IInvariant
{
    /// <summary>From the call to the answer.</summary>
    public static readonly TimeSpan AcceptedWithin = TimeSpan.FromSeconds(5);

    /// <summary>From the call, or the node's return, to what its raw socket shows.</summary>
    public static readonly TimeSpan ObservedWithin = TimeSpan.FromSeconds(5);

    public string Name => "rollback works";

    public IEnumerable<string> Find(RoundRecord round)
    {
        if (round.Rollbacks.Count == 0) yield return "no rollback was sent";
        foreach (var trial in round.Rollbacks)
        {
            if (trial.Accepted is not { } accepted) yield return $"{trial.App}: the rollback was not taken: {trial.Answer}";
            else if (accepted - trial.Sent > AcceptedWithin) yield return $"{trial.App}: the rollback was taken only after {(accepted - trial.Sent).TotalSeconds:0.0} s";
            foreach (var node in round.Samples.Select(s => s.Node).Distinct().Order())
                if (FindDelay(round, trial, node) is var (delay, seen) && (!seen || delay > ObservedWithin))
                    yield return $"{trial.App}: the rollback was {(seen ? "" : "not ")}observed on haproxy{node + 1} after {delay.TotalSeconds:0.0} s";
            foreach (var undone in FindUndone(round, trial)) yield return undone;
        }
    }

    /// <summary>How long a rollback took on a node, and whether it was seen there at all (else: how long it was waited for); null: the node was never there.</summary>
    public static (TimeSpan Delay, bool Seen)? FindDelay(RoundRecord round, RollbackTrial trial, int node)
    {
        var looks = round.Samples.Where(s => s.Node == node && s.Pid is not null && s.Asked >= trial.Sent).OrderBy(s => s.Asked).ToList();
        if (looks.Count == 0) return null;
        var from = Max(trial.Sent, IsThereAt(round, node, trial.Sent) ? trial.Sent : looks[0].Asked);
        if (round.Faults.Any(f => f.WithoutAgent.Contains(node))) from = Max(from, round.Healed);
        var done = looks.Find(s => s.Shares.TryGetValue(trial.App, out var green) && green == 0);
        return done is null ? (looks[^1].Answered - from, false) : (Max(done.Answered, from) - from, true);
    }

    /// <summary>Nodes on which it was undone. One look alone may have come between two commands of a batch.</summary>
    private static IEnumerable<string> FindUndone(RoundRecord round, RollbackTrial trial)
    {
        if (round.Wrong is { IsAnswered: false }) yield break;
        var isMapped = TestedApp.All.Single(app => app.Name == trial.App).IsMapped;
        foreach (var node in round.Samples.Where(s => s.Pid is not null).GroupBy(s => s.Node).OrderBy(g => g.Key))
        {
            var looks = node.OrderBy(s => s.Asked).ToList();
            var after = looks.SkipWhile(s => s.Asked < trial.Sent || !IsDone(s)).ToList();
            var undone = after.Zip(after.Skip(1)).Where(pair => IsUndone(pair.First) && IsUndone(pair.Second)).Select(pair => pair.Second).FirstOrDefault();
            if (undone is not null)
                yield return $"{trial.App}: the rollback was observed on haproxy{node.Key + 1} after {Seconds(after[0])} s, and {Seconds(undone)} s after it was sent green has {undone.Shares[trial.App]:0.##} %";

            bool IsDone(Sample look) => look.Shares.TryGetValue(trial.App, out var green) && green == 0;
            bool IsUndone(Sample look) => look.Shares.ContainsKey(trial.App) && !IsDone(look) && (isMapped || !round.MayHaveItsFile(looks, look));
            string Seconds(Sample look) => $"{(look.Answered - trial.Sent).TotalSeconds:0.0}";
        }
    }

    private static bool IsThereAt(RoundRecord round, int node, DateTimeOffset moment) =>
        round.Samples.Where(s => s.Node == node && s.Asked <= moment).MaxBy(s => s.Asked) is { Pid: not null };

    private static DateTimeOffset Max(DateTimeOffset first, DateTimeOffset second) => first > second ? first : second;
}
