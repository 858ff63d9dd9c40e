namespace TrafficShifter.Core.Analysis;

/// <summary>How many measurements of one outcome are too many in a step, and what happens then. Neither count given: nothing ever does.</summary>
public sealed record OutcomeRule
{
    public const int MaxCount = 10_000;

    /// <summary>So many in a row; 1 to 10,000, null for no such limit.</summary>
    public int? InARow { get; init; }

    /// <summary>So many in one step, whatever lies between them; 1 to 10,000, null for no such limit.</summary>
    public int? InStep { get; init; }

    public required OutcomeAction Do { get; init; }

    /// <summary>Which limit is reached, in words to follow a measurement's sentence; null when none is.</summary>
    public string? FindReached(int inARow, int inStep) =>
        inARow >= InARow ? inARow == 1 ? "" : $", {inARow} times in a row"
        : inStep >= InStep ? inStep == 1 ? "" : $", {inStep} times in this step"
        : null;
}

/// <summary>What happens when an outcome reaches its limit.</summary>
public enum OutcomeAction
{
    /// <summary>Nothing but the wait that the outcome is anyway.</summary>
    Hold,

    /// <summary>A person has to look.</summary>
    Pause,
    Rollback,
}
