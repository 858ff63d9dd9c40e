using TrafficShifter.Core.Ports;
using TrafficShifter.Testing;
using TrafficShifter.Testing.Contracts;

namespace TrafficShifter.VictoriaMetrics.Tests;

public sealed class InMemoryMetricSourceTests : MetricSourceContract
{
    private readonly InMemoryMetricSource _source = new();

    protected override IMetricSource Source => _source;

    public override Task InitializeAsync()
    {
        foreach (var (series, value) in Series) _source.Set(series, value);
        _source.Set("contract_requests", new QueryAnswer.SeveralSeries(2));
        _source.Set("0/0", double.NaN);
        _source.Set("1/0", double.PositiveInfinity);
        _source.Set("-1/0", double.NegativeInfinity);
        _source.Set("sum((", new QueryAnswer.Refused("unexpected end"));
        return Task.CompletedTask;
    }

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override Task GoAwayAsync()
    {
        _source.GoAway();
        return Task.CompletedTask;
    }
}
