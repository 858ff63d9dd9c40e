using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What is known of one check in the current step.</summary>
public sealed record CheckState
{
    public required string Name { get; init; }

    /// <summary>Failed measurements since the last pass in this step. Insufficient and Error neither count nor reset it: they say nothing.</summary>
    public int Failures { get; init; }

    /// <summary>Passed measurements in this step.</summary>
    public int Passes { get; init; }

    /// <summary>The latest measurement in this step.</summary>
    public Measurement? Last { get; init; }

    /// <summary>When the check last passed, in whichever step.</summary>
    public DateTimeOffset? LastPassedAt { get; init; }

    /// <summary>Time until the next measurement; zero when due.</summary>
    public TimeSpan DueIn { get; init; }
}
