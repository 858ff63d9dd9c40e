using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.Server.Security;

/// <summary>Sessions of the dashboard. Section <c>Session</c>.</summary>
public sealed record SessionLimits
{
    /// <summary>A session that nobody uses ends after this. 1 min to 1 day; default 30 min.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Every session ends after this, used or not. 1 min to 7 days; default 12 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan Absolute { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Signing in over plain HTTP from another machine is taken: token and cookie are then readable on the way. Default false; for a network that is one's own, as between containers of one host.</summary>
    public bool PlainHttp { get; init; }
}
