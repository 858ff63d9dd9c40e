using TrafficShifter.Faults.Load;

namespace TrafficShifter.Faults.Invariants;

/// <summary>No request fails because of us.</summary>
/// <remarks>
/// Without a control run none may fail at all. With one, none may fail outside of the fault's time, and within it no larger part than in the control run;
/// both begin and end their fault a moment apart, so where requests fail without us too, as many as are sent in <see cref="Edge"/> at both ends are not told from those of the control.
/// </remarks>
internal sealed class NoRequestLost : IInvariant
{
    /// <summary>How far two stacks may be apart in when a fault begins and ends for them.</summary>
    public static readonly TimeSpan Edge = TimeSpan.FromMilliseconds(500);

    /// <summary>After a fault's end, health checks must pass before servers are used again: rise 1, every second.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(2);

    public string Name => "no request lost";

    public IEnumerable<string> Find(RoundRecord round) =>
        CountBeyondControl(round) is > 0 and var beyond
            ? [$"{beyond} requests failed because of us: {string.Join("; ", round.Load.Failed.Take(5).Select(f => $"{f.App} on haproxy{f.Node + 1} {f.Reason} {(f.Ended - round.Injected).TotalSeconds:0.0} s after the fault began"))}"]
            : [];

    public static long CountBeyondControl(RoundRecord round)
    {
        if (round.Control is not { } control) return round.Load.Failed.Count;
        var outside = round.Load.Failed.Count(f => !IsDuring(round, f));
        var (ours, theirs) = (round.Load.Failed.Count - outside, control.Failed.Count(f => IsDuring(round, f)));
        var edges = theirs == 0 ? 0 : 2 * Edge.TotalSeconds * UserLoad.PerSecondAndNode;
        return outside + (ours > theirs + edges ? ours - theirs : 0);
    }

    private static bool IsDuring(RoundRecord round, FailedRequest failed) => failed.Ended >= round.Injected && failed.Sent <= round.Healed + Afterwards;
}
