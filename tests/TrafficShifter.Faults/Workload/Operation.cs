using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Faults.Workload;

/// <summary>One call of an application's state, as its caller saw it.</summary>
/// <param name="App">Of a rollback of all: <see cref="EveryApp"/>.</param>
/// <param name="Actor">Who asked: <c>anna</c>, <c>ben</c>, <c>hand</c> (Consul's KV without us).</param>
/// <param name="Kind"><c>shift</c>, <c>read</c>, <c>rollout</c>, <c>abort</c>, <c>rollback</c>, <c>rollback-all</c>, <c>unlock</c>, <c>put</c> (by hand).</param>
/// <param name="Sent">By the one monotonic clock of this process; it is turned into a time of day once, at its start.</param>
/// <param name="Answered">When the answer was there, or the caller gave up.</param>
/// <param name="ModifyIndex">Of the weights, as the answer says; null when it does not.</param>
/// <param name="Weights">Wanted by a write, found by a read.</param>
internal sealed record Operation(string App, string Actor, string Kind, DateTimeOffset Sent, DateTimeOffset Answered, OperationOutcome Outcome, ulong? ModifyIndex, Weights? Weights)
{
    public const string EveryApp = "every application";
    public const string Rollback = "rollback";
    public const string RollbackOfAll = "rollback-all";

    /// <summary>Of a rollback: the colour that it named; null: the stable one.</summary>
    public Colour? To { get; init; }

    /// <summary>Unique among all writes: the history has it.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The answer's status and words, for people.</summary>
    public string Answer { get; init; } = "";
}

/// <summary>What a caller knows of an operation.</summary>
internal enum OperationOutcome
{
    /// <summary>It is written, or it was read.</summary>
    Accepted,

    /// <summary>The answer says that nothing was changed.</summary>
    Refused,

    /// <summary>No answer, or one that says that it is not known: it may be written. Of a read: one that says that it is old.</summary>
    Unknown,
}
