using System.Globalization;

namespace TrafficShifter.HAProxy;

/// <summary>The command <c>show events</c>: the rings and other places that HAProxy writes logs to.</summary>
public static class ShowEvents
{
    public const string Command = "show events";

    /// <summary>Records that rings had no room for, in all of them.</summary>
    /// <remarks>
    /// HAProxy 2.6.12; <c>fd</c> are its own outputs:
    /// <code>
    /// Supported events sinks are listed below. Add -w(wait), -n(new). Any key to stop
    ///     stdout     : type=fd, 0 dropped, standard output (fd#1)
    ///     stderr     : type=fd, 0 dropped, standard output (fd#2)
    ///     buf0       : type=buffer, 0 dropped, in-memory ring buffer
    ///     shifter    : type=buffer, 1311 dropped, shifter
    /// </code>
    /// </remarks>
    /// <exception cref="FormatException">A ring has no such number.</exception>
    public static long ParseDropped(string reply)
    {
        const string Ring = "type=buffer, ";
        var dropped = 0L;
        foreach (var line in reply.AsSpan().EnumerateLines())
        {
            var at = line.IndexOf(Ring);
            if (at < 0) continue;
            var rest = line[(at + Ring.Length)..];
            dropped += long.Parse(rest[..Math.Max(0, rest.IndexOf(' '))], NumberStyles.None, CultureInfo.InvariantCulture);
        }
        return dropped;
    }
}
