namespace TrafficShifter.HAProxy.Tests;

/// <summary>Limits that only a real hang reaches, however busy the machine is.</summary>
internal static class Patient
{
    public static readonly RuntimeApiOptions Options = new() { ConnectTimeout = TimeSpan.FromSeconds(30), ReplyTimeout = TimeSpan.FromSeconds(30) };
}
