using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>A delivery pipeline that is asked, by an HTTP POST, to deploy to the other colour what it lacks. Then its readiness is waited for.</summary>
/// <remarks>Signed like a hook, by <c>Hooks:Secret</c>, and through the egress settings. It is asked once for each application and version, under one id.</remarks>
public sealed record ReleaseRequest : DocumentPart
{
    public static readonly TimeSpan MinDeadline = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxDeadline = TimeSpan.FromDays(1);

    /// <summary>An absolute http or https URL of up to 2,000 characters, whose host the egress settings list; <c>{{app}}</c> and <c>{{colour}}</c> stand for themselves. No secret.</summary>
    public required string Url { get; init; }

    /// <summary>Longest for one attempt. 100 ms to 1 min; default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time from an attempt without 2xx to the next one. 1 s to 1 h; default 30 s. What it refuses with 4xx is not asked again.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long readiness is waited for, from the first attempt on. 1 s to 1 day; default 30 min.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(30);

    public static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan MinTimeout = Hook.MinTimeout;
}
