using System.Globalization;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>The command <c>show info</c>: which process answers.</summary>
public static class ShowInfo
{
    public const string Command = "show info";

    /// <remarks>
    /// HAProxy 2.6.12 (shortened):
    /// <code>
    /// Name: HAProxy
    /// Version: 2.6.12-1+deb12u4
    /// Process_num: 1
    /// Pid: 6414
    /// Uptime: 0d 0h00m07s
    /// node: vm
    /// Stopping: 0
    /// Unstoppable Jobs: 1
    /// Start_time_sec: 1795262705
    /// </code>
    /// </remarks>
    /// <exception cref="FormatException">The reply has no pid or no version.</exception>
    public static ProcessIdentity Parse(string reply)
    {
        int? pid = null;
        long? startedAt = null;
        string? version = null;
        var stopping = false;
        foreach (var line in reply.AsSpan().EnumerateLines())
        {
            var colon = line.IndexOf(": ");
            if (colon < 0) continue;
            var value = line[(colon + 2)..];
            switch (line[..colon])
            {
                case "Pid": pid = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture); break;
                case "Start_time_sec": startedAt = long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture); break;
                case "Version": version = value.ToString(); break;
                case "Stopping": stopping = value is not "0"; break;
            }
        }
        return new ProcessIdentity(pid ?? throw new FormatException("it has no Pid"), startedAt, version ?? throw new FormatException("it has no Version"), stopping);
    }

    /// <summary>Datagrams of logs that could not be sent, <c>DroppedLogs: 17</c>.</summary>
    /// <exception cref="FormatException">It is no number.</exception>
    public static long ParseDroppedLogs(string reply)
    {
        const string Name = "DroppedLogs: ";
        foreach (var line in reply.AsSpan().EnumerateLines())
            if (line.StartsWith(Name)) return long.Parse(line[Name.Length..], NumberStyles.None, CultureInfo.InvariantCulture);
        return 0;
    }
}
