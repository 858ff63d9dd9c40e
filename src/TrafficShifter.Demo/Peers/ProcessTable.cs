using System.Diagnostics;
using System.Globalization;

namespace TrafficShifter.Demo.Peers;

/// <summary>What the kernel says of processes that are not this one's children.</summary>
internal static class ProcessTable
{
    /// <summary>The pids of a process's children; none when it is gone.</summary>
    public static List<int> ChildrenOf(int pid)
    {
        var children = $"/proc/{pid}/task/{pid}/children";
        return File.Exists(children)
            ? [.. File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture))]
            : [];
    }

    /// <summary>Ended; a zombie whose new parent has not looked yet counts too.</summary>
    public static bool IsGone(int pid)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{pid}/stat");
            return status[status.LastIndexOf(')') + 2] is 'Z' or 'X';
        }
        catch (IOException)
        {
            return true;
        }
    }

    public static async Task WaitUntilGoneAsync(List<int> pids, TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (pids.Exists(pid => !IsGone(pid)) && Stopwatch.GetElapsedTime(started) < patience) await Task.Delay(TimeSpan.FromMilliseconds(5));
    }
}
