namespace TrafficShifter.Faults.Network;

/// <summary>What a <see cref="LinkRelay"/> does to what passes through it.</summary>
internal abstract record Weather
{
    private Weather() { }

    /// <summary>Everything passes as it comes.</summary>
    public static readonly Weather Fair = new Passing(TimeSpan.Zero, 0);

    /// <summary>Everything passes, later.</summary>
    /// <param name="Latency">Of each direction.</param>
    /// <param name="Loss">0 to 1: how likely a segment of 1,460 bytes is lost on its way.</param>
    /// <remarks>
    /// A relay of streams cannot lose a packet: TCP would hide it. It shows what TCP shows of the loss: what was lost, and all that is behind it,
    /// comes a retransmission time-out later (200 ms, the least that Linux waits, and the way there and back); one that is lost again waits twice as long.
    /// </remarks>
    internal sealed record Passing(TimeSpan Latency, double Loss) : Weather;

    /// <summary>Nothing passes, nobody is told: connections stay open, new ones are accepted and stay silent. What was under way comes when it is over.</summary>
    internal sealed record Silent : Weather;

    /// <summary>Connections are reset; new ones are refused.</summary>
    internal sealed record Refusing : Weather;

    /// <summary>
    /// The far side has forgotten all connections, the near side was not told: theirs stay open for good and say nothing, until something is written to them after
    /// it is over, which resets them. New ones are as in <see cref="Silent"/>.
    /// </summary>
    internal sealed record Forgotten : Weather;
}
