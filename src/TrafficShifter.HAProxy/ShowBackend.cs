using TrafficShifter.Core.Apps;

namespace TrafficShifter.HAProxy;

/// <summary>The command <c>show backend</c>: the names of all backends.</summary>
public static class ShowBackend
{
    public const string Command = "show backend";

    /// <remarks>
    /// HAProxy 2.6.12:
    /// <code>
    /// # name
    /// shop
    /// web
    /// </code>
    /// </remarks>
    /// <exception cref="FormatException">The reply does not begin with the heading, or holds what is no name.</exception>
    public static IReadOnlyList<ProxyName> Parse(string reply)
    {
        var lines = reply.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines is not ["# name", ..]) throw new FormatException("it does not begin with \"# name\"");
        return [.. lines.Skip(1).Select(line => ProxyName.Parse(line))];
    }
}
