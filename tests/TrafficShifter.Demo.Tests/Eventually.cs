using System.Diagnostics;

namespace TrafficShifter.Demo.Tests;

internal static class Eventually
{
    /// <summary>Asks until the answer is yes; after 20 s it says what is missing and what was seen last.</summary>
    public static async Task ItIsTrueThatAsync<T>(string what, Func<Task<T>> ask, Func<T, bool> isIt)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (isIt(answer)) return;
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20)) throw new TimeoutException($"not within 20 s: {what}. Last seen: {answer}");
            await Task.Delay(50);
        }
    }
}
