using System.Text.Json.Serialization;

namespace TrafficShifter.Demo.Upstream;

/// <summary>How all servers of a colour behave. What is left out when it is set is as in a healthy application.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ColourBehaviour
{
    public static readonly ColourBehaviour Healthy = new();

    /// <summary>The longest <see cref="Latency"/>.</summary>
    public static readonly TimeSpan MaxLatency = TimeSpan.FromMinutes(1);

    /// <summary>The part of the requests that is answered with 500, 0 to 1. Exact over any run: 0.3 fails 3 of 10, not about 3 of 10.</summary>
    public double ErrorRatio { get; init; }

    /// <summary>Time that every answer takes beyond its own, up to a minute.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Nothing listens on the servers' ports: connections are refused, health checks included.</summary>
    public bool Refuse { get; init; }

    /// <summary>What is wrong, as a sentence; null when nothing is.</summary>
    public string? FindProblem() =>
        ErrorRatio is not (>= 0 and <= 1) ? $"errorRatio is 0 to 1, not {ErrorRatio}"
        : Latency < TimeSpan.Zero || Latency > MaxLatency ? "latency is 0s to 1m"
        : null;
}
