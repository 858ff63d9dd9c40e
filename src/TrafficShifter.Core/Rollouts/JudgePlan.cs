using System.Text.Json.Serialization;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>How a plan wants the candidate compared with the stable side. What is left out is as in <see cref="JudgeConstants"/>, or comes from the baseline.</summary>
public sealed record JudgePlan
{
    /// <summary>The least that <see cref="MaxDwell"/> is when it is left out.</summary>
    public static readonly TimeSpan UsualMaxDwell = TimeSpan.FromSeconds(240);

    /// <summary>False: the checks decide alone. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The most that a candidate as good as the stable side may be rolled back, over the whole rollout. Above 0, up to 0.5; default 0.01.</summary>
    public double Alpha { get; init; } = 0.01;

    /// <summary>A candidate may have up to K times the stable side's error ratio and <see cref="Delta"/> more. 1 to 100; default 1.</summary>
    public double K { get; init; } = 1;

    /// <summary>See <see cref="K"/>; 0 to 0.5, default 0.0002 (0.02 points).</summary>
    public double Delta { get; init; } = 0.0002;

    /// <summary>How much worse the candidate may be to go on after <see cref="MinDwell"/>. Null: a tenth of the usual error ratio, at least 0.001.</summary>
    public double? MarginFine { get; init; }

    /// <summary>How much worse it may be to go on after <see cref="MidDwell"/>. Null: half of the usual error ratio, at least 0.01.</summary>
    public double? MarginCoarse { get; init; }

    /// <summary>The same in the last step. Null: half of the usual error ratio, at least 0.005.</summary>
    public double? MarginLast { get; init; }

    /// <summary>Least time that a step is judged. 0 s to 1 day; default 30 s.</summary>
    public TimeSpan MinDwell { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From when on <see cref="MarginCoarse"/> is enough; default 90 s.</summary>
    public TimeSpan MidDwell { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Longest that a step waits for evidence; then <see cref="OnNoEvidence"/>. Null: 240 s, or the longest hold of the plan.</summary>
    public TimeSpan? MaxDwell { get; init; }

    /// <summary>What happens then; default <see cref="OnNoEvidence.Hold"/>, until the step's deadline.</summary>
    public OnNoEvidence OnNoEvidence { get; init; } = OnNoEvidence.Hold;

    /// <summary>Slow requests are evidence too. Default true.</summary>
    public bool Latency { get; init; } = true;

    /// <summary>The candidate is held against a fixed ceiling too, which helps at a request or two per second and needs a healthy stable side. Default true.</summary>
    public bool Absolute { get; init; } = true;

    /// <summary>Counts in place of those of the agents; null: the agents' are taken.</summary>
    public JudgeQueries? Queries { get; init; }

    /// <summary>All that the judge fixes when the rollout starts.</summary>
    /// <param name="tick">Length of its ticks.</param>
    public JudgeConstants ConstantsOf(Plan plan, JudgeBaseline baseline, TimeSpan tick)
    {
        var longest = plan.Steps.Select(s => s.Hold).DefaultIfEmpty().Max();
        var known = baseline with { Latency = Latency && Queries is null ? baseline.Latency : [] };
        var constants = known.Apply(new JudgeConstants
        {
            Alpha = Alpha, K = K, Delta = Delta, MinDwell = MinDwell, MidDwell = MidDwell, OnNoEvidence = OnNoEvidence, Tick = tick,
            MaxDwell = MaxDwell ?? (longest > UsualMaxDwell ? longest : UsualMaxDwell),
            ScrapeInterval = Queries?.ScrapeInterval ?? new JudgeConstants().ScrapeInterval,
            // At 100 % nothing is left to compare with: the step before it is the last that is judged.
            Steps = Math.Max(1, plan.Steps.Count(s => s.Share != Share.All)),
        });
        return constants with
        {
            MarginFine = MarginFine ?? constants.MarginFine,
            MarginCoarse = MarginCoarse ?? constants.MarginCoarse,
            MarginLast = MarginLast ?? constants.MarginLast,
            Weights = Absolute ? constants.Weights : EvidenceWeights.For(absolute: false, latency: constants.Latency.Count > 0),
        };
    }
}

/// <summary>Two queries that count requests of a colour over <c>{{window}}</c>, from any exporter, for installations without the agents' evidence.</summary>
/// <param name="Requests">Returns the number of requests; <c>sum(increase(http_requests_total{colour="{{colour}}"}[{{window}}]))</c>.</param>
/// <param name="Bad">Returns how many of them failed; no series is none, once there was a value.</param>
public sealed record JudgeQueries(string Requests, string Bad)
{
    public static readonly TimeSpan MaxScrapeInterval = TimeSpan.FromMinutes(5);

    /// <summary>How often the exporter is scraped. 1 s to 5 min; default 15 s.</summary>
    /// <remarks>A step's first sample has requests of the share before it, so its counts begin this long after it does.</remarks>
    public TimeSpan ScrapeInterval { get; init; } = TimeSpan.FromSeconds(15);

    [JsonIgnore]
    public IReadOnlyList<(string Name, string Query)> All => [("requests", Requests), ("bad", Bad)];
}
