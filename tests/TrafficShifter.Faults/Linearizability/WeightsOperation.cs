namespace TrafficShifter.Faults.Linearizability;

/// <summary>What one caller did to the weights of one application, and when: from before it was sent to after it was answered.</summary>
/// <param name="Actor">Who, for the sentence.</param>
/// <param name="Sent">On one monotonic clock for all operations of a history.</param>
/// <param name="Until">When it was answered, on the same clock; null: no answer came, so it may still happen.</param>
internal abstract record WeightsOperation(string Actor, TimeSpan Sent, TimeSpan? Until)
{
    /// <summary>It may take effect at any time after it was sent, or never: a time-out, a 503, a connection that broke.</summary>
    public bool IsUnknown => Until is null;

    /// <summary>A reading that was answered.</summary>
    /// <param name="Weights">What was there, in any form that is equal when the weights are: <c>90:10</c>.</param>
    /// <param name="ModifyIndex">With what index.</param>
    internal sealed record Read(string Actor, TimeSpan Sent, TimeSpan Answered, string Weights, ulong ModifyIndex) : WeightsOperation(Actor, Sent, Answered);

    /// <summary>A write that was acknowledged.</summary>
    /// <param name="Expected">The ModifyIndex that it asked for; null: whatever was there.</param>
    /// <param name="ModifyIndex">What it got; null: it was not told.</param>
    internal sealed record Written(string Actor, TimeSpan Sent, TimeSpan Answered, string Weights, ulong? Expected, ulong? ModifyIndex) : WeightsOperation(Actor, Sent, Answered);

    /// <summary>A write that lost: the index was not the one that it asked for. Nothing was written.</summary>
    internal sealed record Lost(string Actor, TimeSpan Sent, TimeSpan Answered, ulong Expected) : WeightsOperation(Actor, Sent, Answered);

    /// <summary>A write of which nobody knows how it ended.</summary>
    /// <param name="Expected">The ModifyIndex that it asked for; null: whatever was there.</param>
    internal sealed record Unknown(string Actor, TimeSpan Sent, string Weights, ulong? Expected) : WeightsOperation(Actor, Sent, null);
}
