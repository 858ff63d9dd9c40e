using System.Globalization;

namespace TrafficShifter.Faults.Leaks;

/// <summary>What a process holds, by <c>/proc</c>.</summary>
/// <param name="Megabytes">Resident memory.</param>
/// <param name="Handles">Open files of every kind, sockets counted.</param>
internal sealed record ProcessResources(double Megabytes, int Handles, int Sockets, int Threads)
{
    /// <summary>Null when there is no such process, or none of ours.</summary>
    public static ProcessResources? Find(int pid)
    {
        var process = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
        try
        {
            var status = File.ReadLines($"{process}/status").Select(line => line.Split(':')).ToDictionary(line => line[0], line => line[1].Trim());
            var handles = Directory.EnumerateFiles($"{process}/fd").Select(FindTarget).ToList();
            return new ProcessResources(
                double.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture) / 1024,
                handles.Count,
                handles.Count(target => target.StartsWith("socket:", StringComparison.Ordinal)),
                int.Parse(status["Threads"], CultureInfo.InvariantCulture));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>How many processes were begun by this one, by those that it began, and so on.</summary>
    public static int CountDescendants(int pid)
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var found) ? found : 0).Where(p => p > 0)
            .Select(p => (Pid: p, Parent: FindParent(p))).ToLookup(p => p.Parent, p => p.Pid);
        var (count, waiting) = (0, new Stack<int>([pid]));
        while (waiting.TryPop(out var next))
            foreach (var child in parents[next])
            {
                count++;
                waiting.Push(child);
            }
        return count;
    }

    private static int FindParent(int pid)
    {
        try
        {
            return File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status")).FirstOrDefault(line => line.StartsWith("PPid:", StringComparison.Ordinal)) is { } line
                ? int.Parse(line.AsSpan("PPid:".Length).Trim(), CultureInfo.InvariantCulture)
                : 0;
        }
        catch (IOException)
        {
            // It ended since it was listed.
            return 0;
        }
    }

    private static string FindTarget(string handle)
    {
        try
        {
            return File.ResolveLinkTarget(handle, returnFinalTarget: false)?.Name ?? "";
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return "";
        }
    }
}
