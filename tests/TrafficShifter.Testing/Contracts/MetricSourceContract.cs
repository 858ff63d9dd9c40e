using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.Contracts;

/// <summary>What every metric source does. Run on the one in memory and on a real VictoriaMetrics.</summary>
public abstract class MetricSourceContract : IAsyncLifetime
{
    /// <summary>The series that every source under this contract has: two of <c>contract_requests</c>, one of <c>contract_errors</c>; and <c>contract_steady</c>, 7 for the last two minutes.</summary>
    protected static readonly IReadOnlyDictionary<string, double> Series = new Dictionary<string, double>
    {
        ["contract_requests{colour=\"blue\"}"] = 900,
        ["contract_requests{colour=\"green\"}"] = 100,
        ["contract_errors{colour=\"green\"}"] = 0.25,
    };

    protected abstract IMetricSource Source { get; }

    /// <summary>Starts the source with <see cref="Series"/> in it.</summary>
    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>Takes the source away: nobody answers at its address.</summary>
    protected abstract Task GoAwayAsync();

    [Fact]
    public async Task One_series_is_a_value_at_the_sources_present()
    {
        var answer = (await Source.QueryAsync("contract_errors{colour=\"green\"}", default)).ShouldBeOfType<QueryAnswer.Value>();
        answer.Number.ShouldBe(0.25);
        (await Source.GetTimeAsync(default) - answer.At).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("contract_nothing")]
    [InlineData("0/0")]
    public async Task An_absent_series_and_no_number_are_no_data(string query) =>
        (await Source.QueryAsync(query, default)).ShouldBe(new QueryAnswer.NoData());

    [Fact]
    public async Task Two_series_are_not_a_value() =>
        (await Source.QueryAsync("contract_requests", default)).ShouldBe(new QueryAnswer.SeveralSeries(2));

    [Fact]
    public async Task A_query_that_does_not_parse_is_refused_with_a_reason() =>
        (await Source.QueryAsync("sum((", default)).ShouldBeOfType<QueryAnswer.Refused>().Reason.ShouldNotBeNullOrWhiteSpace();

    [Theory]
    [InlineData("1/0")]
    [InlineData("-1/0")]
    public async Task An_infinite_value_is_refused_because_it_cannot_be_compared(string query) =>
        (await Source.QueryAsync(query, default)).ShouldBeOfType<QueryAnswer.Refused>().Reason.ShouldContain("a division by zero");

    [Fact]
    public async Task Several_series_come_with_their_labels_and_values()
    {
        var found = (await Source.QuerySeriesAsync("contract_requests", DateTimeOffset.UtcNow, default)).ShouldBeOfType<SeriesAnswer.Found>();
        found.Series.Select(s => (s["colour"], s["none"], s.Points.Single().Value)).Order().ShouldBe([("blue", "", 900), ("green", "", 100)]);
    }

    [Theory]
    [InlineData("contract_nothing")]
    [InlineData("0/0")]
    public async Task No_series_and_no_number_are_none_among_several(string query) =>
        (await Source.QuerySeriesAsync(query, DateTimeOffset.UtcNow, default)).ShouldBeOfType<SeriesAnswer.Found>().Series.ShouldBeEmpty();

    [Fact]
    public async Task A_range_has_a_value_for_each_of_its_moments()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var found = (await Source.QueryRangeAsync("contract_steady", new SeriesRange(now.AddSeconds(-90), now.AddSeconds(-30), TimeSpan.FromSeconds(30)), default)).ShouldBeOfType<SeriesAnswer.Found>();
        found.Series.ShouldHaveSingleItem().Points.ShouldBe([new(now.AddSeconds(-90), 7), new(now.AddSeconds(-60), 7), new(now.AddSeconds(-30), 7)]);
    }

    [Fact]
    public async Task A_query_for_several_series_that_does_not_parse_is_refused_with_a_reason() =>
        (await Source.QuerySeriesAsync("sum((", DateTimeOffset.UtcNow, default)).ShouldBeOfType<SeriesAnswer.Refused>().Reason.ShouldNotBeNullOrWhiteSpace();

    [Fact]
    public async Task The_clock_is_told_between_the_question_and_its_answer()
    {
        var before = DateTimeOffset.UtcNow;
        var told = await Source.GetTimeAsync(default);
        var after = DateTimeOffset.UtcNow;
        // Half of the round trip is added to what the source said, so it may be late by that much, and clocks are read to a millisecond.
        told.ShouldBeInRange(before - TimeSpan.FromMilliseconds(2), after + (after - before) + TimeSpan.FromMilliseconds(2));
    }

    [Fact]
    public async Task A_source_that_is_away_says_its_name_and_the_query()
    {
        await GoAwayAsync();
        var query = await Should.ThrowAsync<MetricSourceUnavailableException>(() => Source.QueryAsync("contract_errors", default));
        query.Message.ShouldStartWith(Source.Name);
        query.Message.ShouldContain("contract_errors");
        (await Should.ThrowAsync<MetricSourceUnavailableException>(() => Source.QuerySeriesAsync("contract_errors", DateTimeOffset.UtcNow, default))).Message.ShouldBe(query.Message);
        (await Should.ThrowAsync<MetricSourceUnavailableException>(() => Source.GetTimeAsync(default))).Message.ShouldStartWith(Source.Name);
    }

    [Fact]
    public async Task Giving_up_is_no_fault_of_the_source()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Source.QueryAsync("contract_errors", given.Token));
    }
}
