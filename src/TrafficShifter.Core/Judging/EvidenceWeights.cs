using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Judging;

/// <summary>What each kind of evidence counts for in the whole; together 1. Fixed when the rollout starts.</summary>
/// <param name="Relative">The candidate's error ratio against the stable side's.</param>
/// <param name="Absolute">The candidate's error ratio against a fixed ceiling; 0 turns that test off.</param>
/// <param name="Latency">All latency comparisons together, in equal parts.</param>
public sealed record EvidenceWeights(double Relative, double Absolute, double Latency)
{
    public static EvidenceWeights For(bool absolute, bool latency) => (absolute, latency) switch
    {
        (true, true) => new(0.5, 0.2, 0.3),
        (true, false) => new(0.7, 0.3, 0),
        (false, true) => new(0.7, 0, 0.3),
        (false, false) => new(1, 0, 0),
    };

    internal string? FindProblem() =>
        !(Relative >= 0 && Absolute >= 0 && Latency >= 0) ? "weights: none may be negative"
        : Math.Abs(Relative + Absolute + Latency - 1) > 1e-9 ? "weights: they must be 1 together"
        : null;
}
