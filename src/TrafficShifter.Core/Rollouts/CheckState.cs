using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What is known of one check in the current step.</summary>
public sealed record CheckState
{
    public required string Name { get; init; }

    /// <summary>Failed measurements since the last pass in this step. Insufficient and Error neither count nor reset it: they say nothing.</summary>
    public int Failures { get; init; }

    public int FailuresInStep { get; init; }

    /// <summary>Passed measurements since the last failure in this step.</summary>
    public int Passes { get; init; }

    public int PassesInStep { get; init; }

    /// <summary>Insufficient measurements since the last that passed or failed. Those in which both sides fail do not count.</summary>
    public int Insufficient { get; init; }

    public int InsufficientInStep { get; init; }

    /// <summary>Measurements that could not be made, since the last that was.</summary>
    public int Errors { get; init; }

    public int ErrorsInStep { get; init; }

    /// <summary>The latest measurement in this step.</summary>
    public Measurement? Last { get; init; }

    /// <summary>When the check last passed, in whichever step.</summary>
    public DateTimeOffset? LastPassedAt { get; init; }

    /// <summary>Time until the next measurement; zero when due.</summary>
    public TimeSpan DueIn { get; init; }

    /// <summary>The check as it is at the beginning of a step: nothing measured, due at once.</summary>
    public CheckState Forget() => new() { Name = Name, LastPassedAt = LastPassedAt };

    public CheckState Count(Measurement measurement) => (measurement switch
    {
        Measurement.Passed => this with { Failures = 0, Passes = Passes + 1, PassesInStep = PassesInStep + 1, Insufficient = 0, Errors = 0, LastPassedAt = measurement.At },
        Measurement.Failed => this with { Failures = Failures + 1, FailuresInStep = FailuresInStep + 1, Passes = 0, Insufficient = 0, Errors = 0 },
        Measurement.Insufficient { BothSides: true } => this with { Errors = 0 },
        Measurement.Insufficient => this with { Insufficient = Insufficient + 1, InsufficientInStep = InsufficientInStep + 1, Errors = 0 },
        Measurement.Error => this with { Errors = Errors + 1, ErrorsInStep = ErrorsInStep + 1 },
        _ => throw new ArgumentOutOfRangeException(nameof(measurement)),
    }) with
    { Last = measurement };
}
