using System.Diagnostics;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>Waits for named events by looking again and again. The limit is only there so that a test that will never pass says what was missing.</summary>
public static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    /// <returns>What was seen when the event came.</returns>
    public static async Task<T> SeeAsync<T>(string theEvent, Func<Task<T>> look, Func<T, bool> isIt)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isIt(seen)) return seen;
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"after {Patience.TotalSeconds} s still missing: {theEvent}. Last seen: {seen}");
            await Task.Delay(Pause);
        }
    }

    public static Task SeeAsync(string theEvent, Func<Task<bool>> look) => SeeAsync(theEvent, look, isIt => isIt);
}
