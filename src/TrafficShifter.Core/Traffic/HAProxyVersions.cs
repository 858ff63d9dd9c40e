using System.Globalization;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic;

/// <summary>Which versions of HAProxy are known to do what they are told.</summary>
public static class HAProxyVersions
{
    /// <summary>`weights` routing: before it <c>show info</c> has no start time, so a reload could go unnoticed.</summary>
    public static readonly Version OldestForWeights = new(2, 4);

    /// <summary>`map` routing: the oldest that its rules were tried on.</summary>
    public static readonly Version OldestForMaps = new(2, 6);

    /// <summary>Why a HAProxy of this version cannot be relied on; null when it can, and when the text is no version (a build of somebody's own).</summary>
    /// <param name="version">As <c>show info</c> has it: <c>2.6.12-1+deb12u4</c>, <c>3.3-dev1</c>.</param>
    public static string? FindProblem(string version, RoutingKind kind)
    {
        var oldest = kind == RoutingKind.Map ? OldestForMaps : OldestForWeights;
        return Parse(version) is { } parsed && parsed < oldest
            ? $"its HAProxy is {version}: older than {oldest}, the oldest for `{(kind == RoutingKind.Map ? "map" : "weights")}` routing; what is set there is not counted as done"
            : null;
    }

    /// <summary>What a HAProxy of this version cannot be relied on for at all, or for `map` routing; null when it can for both.</summary>
    public static string? FindProblem(string version) => FindProblem(version, RoutingKind.Weights) ?? FindProblem(version, RoutingKind.Map);

    private static Version? Parse(string version)
    {
        var parts = version.Split('.', '-', '+');
        return parts.Length >= 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            ? new Version(major, minor)
            : null;
    }
}
