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
        _source.SeriesBy = Answer;
        return Task.CompletedTask;
    }

    private static SeriesAnswer Answer(string query, DateTimeOffset at) => query switch
    {
        "contract_requests" => new SeriesAnswer.Found([Of("blue", new SeriesPoint(at, 900)), Of("green", new SeriesPoint(at, 100))]),
        "contract_steady" => new SeriesAnswer.Found([Of("blue", new(at.AddSeconds(-60), 7), new(at.AddSeconds(-30), 7), new(at, 7))]),
        "sum((" => new SeriesAnswer.Refused("unexpected end"),
        _ => new SeriesAnswer.Found([]),
    };

    private static LabelledSeries Of(string colour, params SeriesPoint[] points) => new(new Dictionary<string, string> { ["colour"] = colour }, points);

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override Task GoAwayAsync()
    {
        _source.GoAway();
        return Task.CompletedTask;
    }
}
