using System.Diagnostics;

namespace TrafficShifter.Faults.Tests.Embedded;

internal static class Eventually
{
    /// <summary>Looks until it is so.</summary>
    public static async Task<T> SeeAsync<T>(string what, Func<Task<T>> look, Func<T, bool> isSo)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isSo(seen)) return seen;
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(30), $"waiting for {what}; last seen: {seen}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }
}
