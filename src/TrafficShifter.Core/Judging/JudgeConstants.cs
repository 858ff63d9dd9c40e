using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Judging;

/// <summary>All that is fixed when a rollout starts. Nothing here may depend on what the rollout itself shows, or <see cref="Alpha"/> is no bound any more.</summary>
/// <remarks><see cref="JudgeBaseline.Apply"/> fills in what depends on the history.</remarks>
public sealed record JudgeConstants : DocumentPart
{
    /// <summary>The most that a candidate as good as the stable side may be rolled back, over the whole rollout. Above 0, up to 0.5; default 1 %.</summary>
    public double Alpha { get; init; } = 0.01;

    /// <summary>A candidate may have up to K times the stable side's error ratio plus <see cref="Delta"/>. 1 to 100; default 1.</summary>
    public double K { get; init; } = 1;

    /// <summary>See <see cref="K"/>; 0 to 0.5, default 0.0002 (0.02 points).</summary>
    public double Delta { get; init; } = 0.0002;

    /// <summary>As <see cref="K"/>, for the part of slow requests; default 1.05.</summary>
    public double LatencyK { get; init; } = 1.05;

    /// <summary>As <see cref="Delta"/>, for the part of slow requests; default 0.001.</summary>
    public double LatencyDelta { get; init; } = 0.001;

    /// <summary>How many times worse the candidate might be: the bets of the comparison, in equal parts. Each above 1.</summary>
    public IReadOnlyList<double> RatioBets { get; init; } = [1.08, 1.2, 1.5, 2.2, 4, 10, 40, 250];

    /// <summary>How far between <see cref="P0"/> and 1 the candidate's error ratio might lie, in equal parts. Each within 0 and 1.</summary>
    public IReadOnlyList<double> AbsoluteBets { get; init; } = [0.01, 0.04, 0.15, 0.5, 0.95];

    /// <summary>The bets that the candidate is not worse, in equal parts. Each 0 to below 1.</summary>
    public IReadOnlyList<double> GoBets { get; init; } = [0, 0.3, 0.6, 0.8, 0.9, 0.95];

    public EvidenceWeights Weights { get; init; } = EvidenceWeights.For(absolute: true, latency: false);

    /// <summary>Up to three, of different quantiles.</summary>
    public IReadOnlyList<LatencyTest> Latency { get; init; } = [];

    /// <summary>Part of the evidence's stake that is placed at the first tick. The three parts are 1 together at most.</summary>
    public double FirstStake { get; init; } = 0.6;

    /// <summary>Part placed when further steps begin, in equal parts.</summary>
    public double StepStake { get; init; } = 0.2;

    /// <summary>Part placed over the first <see cref="EvalTicks"/> ticks, in equal parts.</summary>
    public double EvalStake { get; init; } = 0.2;

    /// <summary>Number of ticks that <see cref="EvalStake"/> is spread over; null for those of 30 min.</summary>
    public int? EvalTicks { get; init; }

    /// <summary>How many errors one incident makes. 1 to 20; default 1.</summary>
    public double Phi { get; init; } = 1;

    /// <summary>The error ratio that a healthy side does not exceed. Above 0, below 1; default 1 %.</summary>
    public double P0 { get; init; } = 0.01;

    /// <summary>How much worse the candidate may be to advance after <see cref="MinDwell"/>. Above 0, below 1; default 0.1 points.</summary>
    public double MarginFine { get; init; } = 0.001;

    /// <summary>How much worse the candidate may be to advance after <see cref="MidDwell"/>; default 1 point.</summary>
    public double MarginCoarse { get; init; } = 0.01;

    /// <summary>The same in the last step; default 0.5 points.</summary>
    public double MarginLast { get; init; } = 0.005;

    /// <summary>The most that a candidate worse by the margin is said to be good enough. Above 0, up to 0.5; default 5 %.</summary>
    public double AlphaGo { get; init; } = 0.05;

    /// <summary>Least time of a step; default 30 s.</summary>
    public TimeSpan MinDwell { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From when on the coarse margin is enough; default 90 s.</summary>
    public TimeSpan MidDwell { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Longest that a step waits for evidence; then <see cref="OnNoEvidence"/>. Default 240 s.</summary>
    public TimeSpan MaxDwell { get; init; } = TimeSpan.FromSeconds(240);

    public OnNoEvidence OnNoEvidence { get; init; } = OnNoEvidence.Hold;

    /// <summary>Least candidate requests in the step for an advance on evidence; default 50.</summary>
    public long MinRequests { get; init; } = 50;

    /// <summary>Evidence from which on nothing advances. Above 1; default 4.</summary>
    public double Suspicion { get; init; } = 4;

    /// <summary>Stable requests that make a batch; default 10.</summary>
    public long BatchMin { get; init; } = 10;

    /// <summary>Age at which a batch is closed or, with nothing on one side, dropped; default 60 s.</summary>
    public TimeSpan BatchAge { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Number of the rollout's steps; 1 to 50, default 5.</summary>
    public int Steps { get; init; } = 5;

    /// <summary>Planned length of a tick; 0.1 s to 60 s, default 5 s.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the counters are read, which bounds how old the last sample may be; default 1 s.</summary>
    public TimeSpan ScrapeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How far back the stable side's health is looked at; default 60 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>There was too little history: cautious figures are used instead, and people are told.</summary>
    public bool YoungBaseline { get; init; }

    /// <summary>Age of the last sample from which on the judge only waits.</summary>
    [JsonIgnore]
    public TimeSpan StaleAfter => 3 * Tick > 2.5 * ScrapeInterval ? 3 * Tick : 2.5 * ScrapeInterval;

    internal int EvalTicksOr30Minutes => EvalTicks ?? (int)Math.Ceiling(TimeSpan.FromMinutes(30) / Tick);

    internal int WindowTicks => Math.Max(1, (int)Math.Ceiling(Window / Tick));

    /// <summary>What is wrong, as a sentence that begins with the field; null when nothing is.</summary>
    public string? FindProblem() => JudgeConstantsRules.FindProblem(this);
}

/// <summary>What happens when a step's longest dwell is over and the evidence is still too thin to say that the candidate is good enough.</summary>
public enum OnNoEvidence
{
    Hold,
    Advance,
    Rollback,
}
