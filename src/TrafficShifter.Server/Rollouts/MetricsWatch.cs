using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Asks the metric source: whether it answers at all, what its clock says, and what the checks measure.</summary>
public sealed class MetricsWatch(IMetricSource metrics, TimeProvider time) : IDisposable
{
    private const int QueriesAtOnce = 8;
    private readonly SemaphoreSlim _gate = new(QueriesAtOnce);
    private long _awaySince;
    private TimeSpan _skew;

    /// <summary>Asks the source for its time. Null when it answers; else how long it has not, and its words.</summary>
    public async Task<MetricsAway?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var asked = time.GetUtcNow();
            var theirs = await metrics.GetTimeAsync(cancellationToken);
            var ours = asked + (time.GetUtcNow() - asked) / 2;
            _skew = theirs - ours;
            _awaySince = 0;
            return null;
        }
        catch (MetricSourceUnavailableException away)
        {
            if (_awaySince == 0) _awaySince = time.GetTimestamp();
            return new MetricsAway(time.GetElapsedTime(_awaySince), away.Message);
        }
    }

    /// <summary>Measures the checks that are due, at most eight queries at a time over all rollouts. A failure is held against the stable side.</summary>
    public async Task<IReadOnlyList<Measurement>> MeasureAsync(Rollout rollout, Routing routing, IReadOnlyList<DueCheck> due, CancellationToken cancellationToken) =>
        await Task.WhenAll(due.Select(check => MeasureAsync(rollout, routing, check, cancellationToken)));

    private async Task<Measurement> MeasureAsync(Rollout rollout, Routing routing, DueCheck due, CancellationToken cancellationToken)
    {
        var measured = await MeasureAsync(Resolve(rollout.To), cancellationToken);
        if (measured is not Measurement.Failed failed || !BothSides.IsAsked(due.Check)) return measured;
        return BothSides.Compare(due.Check, failed, await MeasureAsync(Resolve(rollout.From), cancellationToken), rollout.From);

        ResolvedCheck Resolve(Colour colour) => Measuring.Resolve(due.Check, TemplateValues.Of(rollout.App, routing, colour, due.Window));
    }

    private async Task<Measurement> MeasureAsync(ResolvedCheck asked, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var answer = await metrics.QueryAsync(asked.Query, cancellationToken);
            var sample = asked.SampleQuery is { } query ? await metrics.QueryAsync(query, cancellationToken) : null;
            return Measuring.Measure(asked, answer, sample, _skew, time.GetUtcNow());
        }
        catch (MetricSourceUnavailableException away)
        {
            return Measuring.Unreachable(asked, away.Message, time.GetUtcNow());
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
