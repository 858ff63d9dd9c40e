using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>What an application had before its traffic was taken off a colour: what it gets back, to the number.</summary>
public sealed record TrafficBefore : DocumentPart
{
    /// <summary>0 to 1,000,000; not both 0.</summary>
    public required int Blue { get; init; }

    /// <summary>0 to 1,000,000; not both 0.</summary>
    public required int Green { get; init; }

    /// <summary>The colour that was stable.</summary>
    public required Colour Stable { get; init; }

    public static TrafficBefore Of(Weights weights, Colour stable) => new() { Blue = weights.Blue, Green = weights.Green, Stable = stable };

    public Share ShareOf(Colour colour) => ToWeights().ShareOf(colour);

    public Weights ToWeights() => new() { Blue = Blue, Green = Green };

    /// <summary>What is wrong with it, as a sentence; null when nothing is.</summary>
    public string? FindProblem() => ToWeights().FindProblem();

    /// <summary><c>blue 70% / green 30%, blue stable</c>, for sentences.</summary>
    public string Describe() => $"{ToWeights().Describe()}, {Stable.Word()} stable";
}
