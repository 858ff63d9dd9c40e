namespace TrafficShifter.Faults.Linearizability;

/// <summary>The weights of one application as one register: what a single caller at a time would see.</summary>
/// <param name="Weights">What is there; empty before the first write; null: whoever reads it finds out.</param>
/// <param name="ModifyIndex">With what index; when it <see cref="IsOpen"/>, only that it is above this one.</param>
/// <param name="IsOpen">The last write was one whose answer never came: its index is found out by whoever sees it.</param>
internal readonly record struct WeightsRegister(string? Weights, ulong ModifyIndex, bool IsOpen)
{
    /// <summary>Before anything that the history tells.</summary>
    public static readonly WeightsRegister Initial = new("", 0, IsOpen: false);

    /// <summary>Before a history that begins in the middle: anything may have been written.</summary>
    public static readonly WeightsRegister Anything = new(null, 0, IsOpen: true);

    /// <summary>The register after an operation took effect; null: it could not have had the answer that it had.</summary>
    public WeightsRegister? After(WeightsOperation operation) => operation switch
    {
        WeightsOperation.Read read when (Weights is null || read.Weights == Weights) && CanBe(read.ModifyIndex) => new(read.Weights, read.ModifyIndex, IsOpen: false),
        WeightsOperation.Written { ModifyIndex: { } index } write when Accepts(write.Expected) && index > Lowest(write.Expected) => new(write.Weights, index, IsOpen: false),
        WeightsOperation.Written { ModifyIndex: null } write when Accepts(write.Expected) => new(write.Weights, Lowest(write.Expected), IsOpen: true),
        // An open index may always be another one than the one that was asked for.
        WeightsOperation.Lost lost when IsOpen || lost.Expected != ModifyIndex => this,
        WeightsOperation.Unknown unknown when Accepts(unknown.Expected) => new(unknown.Weights, Lowest(unknown.Expected), IsOpen: true),
        _ => null,
    };

    private bool Accepts(ulong? expected) => expected is null || CanBe(expected.Value);

    private bool CanBe(ulong index) => IsOpen ? index > ModifyIndex : index == ModifyIndex;

    private ulong Lowest(ulong? expected) => IsOpen ? expected ?? (ModifyIndex + 1) : ModifyIndex;
}
