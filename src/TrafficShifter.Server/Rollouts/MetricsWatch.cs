using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Asks the metric source: whether it answers at all, what its clock says, and what the checks measure.</summary>
public sealed class MetricsWatch(IMetricSource metrics, TimeProvider time)
{
    private const int QueriesOfOne = 2;
    private volatile Probe? _last;
    private TimeSpan _skew;

    /// <param name="AwaySince">A timestamp; null when it answered.</param>
    private sealed record Probe(long? AwaySince, string Words);

    /// <summary>It is known whether the source answers.</summary>
    public bool HasProbed => _last is not null;

    /// <summary>How long the source has not answered, and its words, by the last probe; null when it answered.</summary>
    public MetricsAway? FindAway() => _last is { AwaySince: { } since } last ? new MetricsAway(time.GetElapsedTime(since), last.Words) : null;

    /// <summary>The source's clock, by the last probe: evidence time is the source's.</summary>
    public DateTimeOffset SourceNow => time.GetUtcNow() + _skew;

    /// <summary>Nobody has asked: what was seen while this process led before says nothing of the time since.</summary>
    public void Forget() => _last = null;

    /// <summary>Asks the source for its time.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var asked = time.GetUtcNow();
            var theirs = await metrics.GetTimeAsync(cancellationToken);
            var ours = asked + (time.GetUtcNow() - asked) / 2;
            _skew = theirs - ours;
            _last = new Probe(null, "");
        }
        catch (MetricSourceUnavailableException away)
        {
            _last = new Probe(_last?.AwaySince ?? time.GetTimestamp(), away.Message);
        }
    }

    /// <summary>Measures the checks that are due, at most two queries of a rollout at a time; how many over all is the source's to say. A failure is held against the stable side.</summary>
    public async Task<IReadOnlyList<Measurement>> MeasureAsync(Rollout rollout, Routing routing, IReadOnlyList<DueCheck> due, CancellationToken cancellationToken)
    {
        var measured = new Measurement[due.Count];
        // What the agents count is asked here as it is of every application, on the slow scrape: before a rollout nobody counts each second.
        await Parallel.ForAsync(0, due.Count, new ParallelOptions { MaxDegreeOfParallelism = QueriesOfOne, CancellationToken = cancellationToken },
            async (i, token) => measured[i] = await MeasureAsync(rollout, routing, due[i], token));
        return measured;
    }

    /// <summary>Measures a check at moments of the past, oldest first, over its whole window each time.</summary>
    public async Task<IReadOnlyList<Measurement>> MeasurePastAsync(AppName app, Routing routing, Colour colour, Check check, BacktestTimes times, CancellationToken cancellationToken)
    {
        var moments = times.Moments.ToList();
        var measured = new Measurement[moments.Count];
        await Parallel.ForAsync(0, moments.Count, new ParallelOptions { MaxDegreeOfParallelism = QueriesOfOne, CancellationToken = cancellationToken },
            async (i, token) => measured[i] = await MeasureAsync(app, routing, colour, new DueCheck(check, check.Window), moments[i], token));
        return measured;
    }

    private Task<Measurement> MeasureAsync(Rollout rollout, Routing routing, DueCheck due, CancellationToken cancellationToken) =>
        MeasureAsync(rollout.App, routing, rollout.To, due, null, cancellationToken);

    /// <param name="at">A moment of the past; null for now.</param>
    private async Task<Measurement> MeasureAsync(AppName app, Routing routing, Colour colour, DueCheck due, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        if (due.Check.MaxTimesStable is not null)
        {
            var theirs = await MeasureAsync(Resolve(colour.Other()), at, cancellationToken);
            if (theirs is Measurement.Error) return theirs;
            if (theirs.Value is not { } stable) return EvidenceMeasuring.WithoutStable(due.Check, TemplateValues.Of(app, routing, colour, due.Window), null, at ?? time.GetUtcNow());
            due = due with { Check = EvidenceMeasuring.LimitBy(due.Check, stable) };
        }
        var measured = await MeasureAsync(Resolve(colour), at, cancellationToken);
        if (measured is not Measurement.Failed failed || !BothSides.IsAsked(due.Check)) return measured;
        return BothSides.Compare(due.Check, failed, await MeasureAsync(Resolve(colour.Other()), at, cancellationToken), colour.Other());

        ResolvedCheck Resolve(Colour side) => Measuring.Resolve(due.Check, TemplateValues.Of(app, routing, side, due.Window));
    }

    private async Task<Measurement> MeasureAsync(ResolvedCheck asked, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await QueryAsync(asked.Query, at, cancellationToken);
            var sample = asked.SampleQuery is { } query ? await QueryAsync(query, at, cancellationToken) : null;
            return Measuring.Measure(asked, answer, sample, at is null ? _skew : TimeSpan.Zero, at ?? time.GetUtcNow());
        }
        catch (MetricSourceUnavailableException away)
        {
            return Measuring.Unreachable(asked, away.Message, at ?? time.GetUtcNow());
        }
    }

    private Task<QueryAnswer> QueryAsync(string query, DateTimeOffset? at, CancellationToken cancellationToken) =>
        at is { } moment ? metrics.QueryAsync(query, moment, cancellationToken) : metrics.QueryAsync(query, cancellationToken);
}
