namespace TrafficShifter.Core.Judging.Replay;

/// <summary>What the judge says after one tick, as one JSON object. E-values are evidence: 1 is none.</summary>
public sealed record ReplayLine
{
    /// <summary>The row's own time.</summary>
    public required decimal T { get; init; }

    public required int Step { get; init; }

    /// <summary>continue, hold, advance or rollback. Advance says that the step may end; the file says when it did.</summary>
    public required JudgeAction Decision { get; init; }

    public required JudgeReason Reason { get; init; }

    /// <summary>The weighted average of all that follow.</summary>
    public required double E { get; init; }

    /// <summary>As <see cref="E"/>, the absolute test left out where its guard fails: 1/alpha of it is a rollback.</summary>
    public required double ERoll { get; init; }

    /// <summary>What suspicion is measured by.</summary>
    public required double ESus { get; init; }

    /// <summary>The anytime-valid p-value: 1 by the highest <see cref="ERoll"/> so far.</summary>
    public required double P { get; init; }

    public required double ERelative { get; init; }

    public required double EAbsolute { get; init; }

    /// <summary>Null where the file has no such column, as the other two.</summary>
    public double? ESlow50 { get; init; }

    public double? ESlow90 { get; init; }

    public double? ESlow99 { get; init; }

    public required double GoFine { get; init; }

    public required double GoCoarse { get; init; }

    public required double GoLast { get; init; }

    public required ReplayGuard Guard { get; init; }

    /// <summary>Seconds in the step.</summary>
    public required double Dwell { get; init; }

    /// <summary>Candidate requests in the step.</summary>
    public required long StepRequests { get; init; }

    /// <summary>Candidate requests since the first row.</summary>
    public required long Requests { get; init; }

    /// <summary>About how many more it takes to advance; null when that cannot be said.</summary>
    public long? MissingRequests { get; init; }

    /// <summary>Candidate's error ratio minus the stable side's, over all rows; null without requests of both.</summary>
    public double? Difference { get; init; }

    /// <summary>The difference is above this, with 95 % at all times.</summary>
    public double? DifferenceAbove { get; init; }

    /// <summary>The difference is below this, with 95 % at all times.</summary>
    public double? DifferenceBelow { get; init; }

    public required string Sentence { get; init; }

    public static ReplayLine Of(decimal t, JudgeVerdict verdict, Judge judge)
    {
        var (tail, passes) = judge.ReadGuard();
        return new()
        {
            T = t,
            Step = verdict.Step,
            Decision = verdict.Action,
            Reason = verdict.Reason,
            E = verdict.E,
            ERoll = verdict.ERoll,
            ESus = verdict.ESus,
            P = verdict.PAnytime,
            ERelative = verdict.ERelative,
            EAbsolute = verdict.EAbsolute,
            ESlow50 = Slow(LatencyQuantile.P50, verdict.ESlow50),
            ESlow90 = Slow(LatencyQuantile.P90, verdict.ESlow90),
            ESlow99 = Slow(LatencyQuantile.P99, verdict.ESlow99),
            GoFine = verdict.GoFine,
            GoCoarse = verdict.GoCoarse,
            GoLast = verdict.GoLast,
            Guard = new(tail, verdict.GuardNeeded, passes),
            Dwell = verdict.Dwell.TotalSeconds,
            StepRequests = verdict.StepRequests,
            Requests = verdict.Total.CandidateRequests,
            MissingRequests = verdict.MissingRequests,
            Difference = JudgeWords.Difference(verdict.Total),
            DifferenceAbove = judge.Interval?.Lower,
            DifferenceBelow = judge.Interval?.Upper,
            Sentence = JudgeWords.Describe(verdict, judge.Constants, "candidate", "stable"),
        };

        double? Slow(LatencyQuantile quantile, double e) => judge.Constants.Latency.Any(l => l.Quantile == quantile) ? e : null;
    }
}

/// <summary>The absolute test's guard.</summary>
/// <param name="Tail">How likely the split of the traffic alone gives the candidate as many of the last minute's bad requests.</param>
/// <param name="Needed">Whether the absolute test could decide alone.</param>
/// <param name="Passes">Whether it would be let, needed or not.</param>
public sealed record ReplayGuard(double Tail, bool Needed, bool Passes);
