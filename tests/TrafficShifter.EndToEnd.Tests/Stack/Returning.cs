using System.Diagnostics;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>Measures how long a HAProxy that came back had the weights of its file.</summary>
public static class Returning
{
    /// <summary>Waits for the socket to answer, then for the weights; returns the time between the two.</summary>
    /// <param name="percent">Green's right share. Not the file's own, 50, or nothing would be measured.</param>
    public static async Task<TimeSpan> UntilRightAsync(HAProxyProcess haproxy, Backend backend, decimal percent)
    {
        await Eventually.SeeAsync("an answer on the raw socket", async () => await RawWeights.FindGreenAsync(haproxy, backend) is not null);
        var back = Stopwatch.GetTimestamp();
        await Eventually.SeeAsync($"green at {percent} % on the raw socket", () => RawWeights.FindGreenAsync(haproxy, backend), green => green == percent);
        return Stopwatch.GetElapsedTime(back);
    }
}
