using System.Globalization;

namespace TrafficShifter.Faults.Running;

/// <summary>For how long something on this machine was ready to run and waited for a processor. What is slow while others wait is slow for everybody.</summary>
internal static class ProcessorPressure
{
    private const string Source = "/proc/pressure/cpu";

    /// <summary>Since the machine began; null where the kernel does not count it.</summary>
    public static TimeSpan? Waited => File.Exists(Source) ? Parse(File.ReadAllText(Source)) : null;

    /// <param name="text"><c>some avg10=84.35 avg60=75.76 avg300=73.46 total=38135659659</c>, in microseconds; a line <c>full</c> may follow.</param>
    internal static TimeSpan? Parse(string text) =>
        text.Split('\n')[0].Split("total=") is [_, var total] && long.TryParse(total, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) ? TimeSpan.FromMicroseconds(microseconds) : null;
}
