using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.HAProxy;

/// <summary>How long and how much a HAProxy may take to answer.</summary>
public sealed record RuntimeApiOptions
{
    /// <summary>Longest time to connect. 10 ms to 1 min; default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time to wait for the complete replies to one chunk of commands. 10 ms to 1 min; default 2 s.</summary>
    /// <remarks>HAProxy needs under 1 ms per command. A connection over its <c>stats maxconn</c> (10) waits in silence, so this is the only sign of it.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Largest reply to one chunk of commands, in bytes. 64 KiB to 1 GiB; default 32 MiB, far above the 3 MB of 20,000 servers' state.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int MaxReplyBytes { get; init; } = 32 * 1024 * 1024;
}
