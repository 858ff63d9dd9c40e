using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Faults.Processes;

/// <summary>A program that hangs for a while before it is ready.</summary>
internal static class SlowStart
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Starts it, holds it as soon as it runs, and lets it go on after 3 s; returns when it is ready.</summary>
    /// <param name="pid">0 while it does not run; throws while there is none.</param>
    public static async Task RunAsync(Func<Task> start, Func<int> pid, Action freeze, Action thaw)
    {
        var before = Find(pid);
        var starting = start();
        while (!starting.IsCompleted && (Find(pid) is 0 || Find(pid) == before)) await Task.Delay(Pause, CancellationToken.None);
        if (!starting.IsCompleted)
        {
            freeze();
            await Task.Delay(Hang, CancellationToken.None);
            thaw();
        }
        await starting;
    }

    private static int Find(Func<int> pid)
    {
        try
        {
            return pid();
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }
}
