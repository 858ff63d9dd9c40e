namespace TrafficShifter.Faults.Invariants;

/// <summary>What must hold in every round, whatever goes wrong.</summary>
internal interface IInvariant
{
    /// <summary>A few words for the table: <c>no request lost</c>.</summary>
    string Name { get; }

    /// <summary>One sentence for each violation in what was recorded; none: it held.</summary>
    IEnumerable<string> Find(RoundRecord round);
}
