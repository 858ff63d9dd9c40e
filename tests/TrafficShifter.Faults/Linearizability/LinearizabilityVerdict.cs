namespace TrafficShifter.Faults.Linearizability;

/// <summary>What a history of one register turned out to be.</summary>
internal abstract record LinearizabilityVerdict
{
    private LinearizabilityVerdict() { }

    /// <summary>There is an order in which one after the other explains every answer.</summary>
    /// <param name="Order">Such an order; of the unknown ones only those that it needs.</param>
    internal sealed record Linearizable(IReadOnlyList<WeightsOperation> Order) : LinearizabilityVerdict;

    /// <summary>No order explains the answers.</summary>
    /// <param name="Explained">The longest beginning that one explains.</param>
    /// <param name="Stuck">What can not come next, each of them; the register is then <paramref name="Register"/>.</param>
    internal sealed record Violated(IReadOnlyList<WeightsOperation> Explained, IReadOnlyList<WeightsOperation> Stuck, WeightsRegister Register) : LinearizabilityVerdict
    {
        /// <summary>For a person: what was there, and who saw or did what cannot be.</summary>
        public string Sentence => $"after {Explained.Count} operations the weights are \"{Register.Weights}\" at {(Register.IsOpen ? "an index above " : "")}{Register.ModifyIndex}, and none of these can be next: {string.Join("; ", Stuck)}";
    }

    /// <summary>It was not found out within the number of steps that was allowed.</summary>
    internal sealed record Undecided(int Steps) : LinearizabilityVerdict;
}
