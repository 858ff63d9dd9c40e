namespace TrafficShifter.Server.Telemetry;

/// <summary>The one meter of the process; everything under it is exposed at <c>/metrics</c>.</summary>
/// <remarks>Instrument names are the exposed names: lower case, counters end in <c>_total</c>, durations in <c>_seconds</c>.</remarks>
public static class ServerMeter
{
    public const string Name = "TrafficShifter";
}
