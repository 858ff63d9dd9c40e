using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Access;

/// <summary>Somebody who is signed in to the dashboard: <c>sessions/&lt;SHA-256 of the cookie's secret&gt;</c>. It may what its token may, as long as there is one.</summary>
public sealed record SessionDocument : Document
{
    /// <summary>Id of the token that it was opened with.</summary>
    public required string Token { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>When it was last used, to about a quarter of the idle time.</summary>
    public required DateTimeOffset UsedAt { get; init; }

    /// <param name="usedAt">When whoever asks saw it used last.</param>
    public bool IsOver(DateTimeOffset now, DateTimeOffset usedAt, TimeSpan idle, TimeSpan absolute) => now - OpenedAt >= absolute || now - (usedAt > UsedAt ? usedAt : UsedAt) >= idle;
}
