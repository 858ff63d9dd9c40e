namespace TrafficShifter.Core.Judging;

/// <summary>What the stable side was like before the rollout, over 6 hours.</summary>
public sealed record JudgeBaseline
{
    /// <summary>How far back the figures are read.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(6);

    /// <summary>With less history than this the baseline is <see cref="Young"/>.</summary>
    public static readonly TimeSpan LeastLength = TimeSpan.FromMinutes(30);

    /// <summary>The stable side's part of bad requests, 0 to 1.</summary>
    public required double ErrorRatio { get; init; }

    /// <summary>See <see cref="OverDispersion"/>; 1 to 20.</summary>
    public required double Phi { get; init; }

    /// <summary>See <see cref="LatencyTest.Choose"/>; empty without a latency histogram.</summary>
    public IReadOnlyList<LatencyTest> Latency { get; init; } = [];

    /// <summary>There was too little history to know.</summary>
    public bool IsYoung { get; init; }

    /// <summary>Used where there is less than 30 minutes of history: 0.5 % errors, clusters of two, no absolute test.</summary>
    /// <param name="latency">Whether there is a latency histogram. Its bounds are chosen from the stable side's first 60 s (<see cref="Judge.ChooseLatency"/>); until then latency does not count.</param>
    public static JudgeBaseline Young(bool latency) => new() { ErrorRatio = 0.005, Phi = OverDispersion.Unknown, Latency = latency ? LatencyTest.All : [], IsYoung = true };

    /// <summary>The constants of a rollout: <paramref name="wanted"/> with all that depends on the history.</summary>
    public JudgeConstants Apply(JudgeConstants wanted)
    {
        var usual = 2 * ErrorRatio + wanted.Delta;
        return wanted with
        {
            Phi = Math.Clamp(Phi, 1, OverDispersion.Most),
            P0 = Math.Clamp(usual, 0.01, 0.99),
            MarginFine = Math.Max(0.001, 0.1 * ErrorRatio),
            MarginCoarse = Math.Max(0.01, 0.5 * ErrorRatio),
            MarginLast = Math.Max(0.005, 0.5 * ErrorRatio),
            Latency = Latency,
            Weights = EvidenceWeights.For(absolute: !IsYoung && usual <= 0.5, latency: Latency.Count > 0),
            YoungBaseline = IsYoung,
        };
    }
}
