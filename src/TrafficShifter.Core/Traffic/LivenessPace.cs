namespace TrafficShifter.Core.Traffic;

/// <summary>When a node says again how far it is: what somebody must know at once, that it is further only now and then.</summary>
/// <remarks>
/// Every change moves the watermark of every node. With a thousand nodes and a change each second their signs of life would be a thousand writes a second; whoever
/// waits for a change asks the agents themselves.
/// </remarks>
public sealed record LivenessPace
{
    /// <summary>After a quiet time the first change is told this soon at the latest.</summary>
    public static readonly TimeSpan Fastest = TimeSpan.FromSeconds(1);

    /// <summary>While changes go on, being further is told this seldom in the end: each time takes twice as long as the one before.</summary>
    public static readonly TimeSpan Slowest = TimeSpan.FromSeconds(5);

    /// <summary>While nothing changes it is said this often that the node is alive.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    public static readonly LivenessPace Start = new();

    private NodeLiveness? Said { get; init; }

    private TimeSpan Interval { get; init; } = Fastest;

    /// <param name="since">Time since the last sign of life.</param>
    public bool IsDue(NodeLiveness now, TimeSpan since) => Said is null || !IsSameButFor(Said, now) || since >= (now.ObservedIndex == Said.ObservedIndex ? Quiet : Interval);

    /// <summary>The pace after a sign of life.</summary>
    /// <param name="since">Time since the one before.</param>
    public LivenessPace After(NodeLiveness said, TimeSpan since) => new()
    {
        Said = said,
        Interval = Said is null || said.ObservedIndex == Said.ObservedIndex || since >= Quiet ? Fastest : Interval * 2 < Slowest ? Interval * 2 : Slowest,
    };

    /// <summary>Nothing differs but how far the node is, and when it said so.</summary>
    private static bool IsSameButFor(NodeLiveness a, NodeLiveness b) =>
        a with { Exceptions = b.Exceptions, ObservedIndex = b.ObservedIndex, At = b.At } == b && a.Exceptions.SequenceEqual(b.Exceptions);
}
