using System.Globalization;

namespace TrafficShifter.Benchmarks;

/// <summary>What a process used so far, as Linux counts it.</summary>
internal static class ProcessCpu
{
    /// <summary>CPU time, user and system, to the nanosecond: the ticks of /proc/PID/stat are too coarse for a second's load. Threads that have ended are not in it.</summary>
    public static double ReadMicroseconds(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Sum(Read) / 1000.0;

    /// <summary>CPU time, user and system, to 10 ms, with that of threads that have ended: for windows of many seconds.</summary>
    public static TimeSpan ReadWhole(int pid)
    {
        // "6414 (dotnet) S 1 …": the name may hold anything, so what follows is counted from its end; utime and stime are 14 and 15, in hundredths of a second.
        var text = File.ReadAllText($"/proc/{pid}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }

    /// <summary>Resident memory in megabytes.</summary>
    public static double ReadMegabytes(int pid) => long.Parse(
        File.ReadLines($"/proc/{pid}/status").Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;

    private static double Read(string task)
    {
        try
        {
            return long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // The thread ended in between.
            return 0;
        }
    }
}
