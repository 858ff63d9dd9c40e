using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>Everything that one turn of a migration is decided on, beside its documents.</summary>
public sealed record MigrationTick
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>Time since the last turn of this migration in this process, by a monotonic clock; zero on the first.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>All applications as they are known.</summary>
    public required TrafficSnapshot Traffic { get; init; }

    /// <summary>What holds all rollouts now.</summary>
    public Standstill Standstill { get; init; } = Standstill.None;

    /// <summary>The rollouts of what moves; null for one whose document is not there. One that is not in it was not read.</summary>
    public IReadOnlyDictionary<RolloutId, Rollout?> Rollouts { get; init; } = new Dictionary<RolloutId, Rollout?>();

    /// <summary>What the last look at each application found.</summary>
    public IReadOnlyDictionary<AppName, Readiness> Readiness { get; init; } = new Dictionary<AppName, Readiness>();

    /// <summary>What was found of an application not so long ago that it might be otherwise by now; null when nothing was.</summary>
    /// <remarks>What was found at a time that is still to come is of nobody knows when: the clock was set.</remarks>
    internal Readiness? FindFresh(AppName app, TimeSpan age) => Readiness.GetValueOrDefault(app) is { } seen && (Now - seen.At).Duration() <= age ? seen : null;
}
