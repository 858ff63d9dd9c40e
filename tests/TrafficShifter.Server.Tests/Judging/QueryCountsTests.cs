using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Judging;

/// <summary>A judge that is fed by a plan's own queries: what is asked, and what an answer that does not come means.</summary>
public sealed class QueryCountsTests
{
    private static readonly JudgeQueries Queries = new("req_{{colour}}[{{window}}]", "bad_{{colour}}[{{window}}]");
    private static readonly Routing Routing = new Routing { Backend = ProxyName.Parse("shop_back") }.WithDefaults();
    private static readonly Rollout Rollout = RolloutEngine.Create(
        RolloutId.Of(AppName.Parse("shop"), "01jd2x3y4z5a6b7c8d9e0f1g2h"), new Plan { Steps = [], Checks = [], Judge = new JudgePlan { Queries = Queries } }, new AppState { Stable = Colour.Blue }, 1, "anna", null, DateTimeOffset.UnixEpoch);

    private readonly ManualTime _time = new();
    private readonly InMemoryMetricSource _metrics;

    public QueryCountsTests()
    {
        _metrics = new InMemoryMetricSource(_time);
        _metrics.Set("req_blue[2s]", 1_800);
        _metrics.Set("req_green[2s]", 200);
    }

    [Fact]
    public async Task A_query_for_bad_that_has_never_returned_a_value_is_no_evidence_until_it_does()
    {
        var counts = Open(_metrics);
        (await NextAsync(counts)).Problem.ShouldBe("the judge's query for bad has never returned a value, for neither side: check its names, or let it return 0 with `or vector(0)`");
        (await NextAsync(counts)).Problem.ShouldNotBeNull();
        _metrics.Queries.Count(q => q.Contains("[60s]", StringComparison.Ordinal)).ShouldBe(2, "six hours of both sides are looked through once");

        _metrics.Set("bad_green[2s]", 3);
        var seen = await NextAsync(counts);
        _metrics.Set("bad_green[2s]", double.NaN);
        var none = await NextAsync(counts);

        (seen.Problem, seen.Candidate, seen.Stable).ShouldBe((null, new ColourCounts(200, 3), new ColourCounts(1_800, 0)));
        (none.Problem, none.Candidate).ShouldBe((null, new ColourCounts(200, 0)));
    }

    [Fact]
    public async Task An_error_of_the_last_six_hours_is_enough_to_know_that_the_query_is_right()
    {
        _metrics.SeriesBy = (query, at) => new SeriesAnswer.Found(query == "bad_blue[60s]" ? [new LabelledSeries(new Dictionary<string, string>(), [new SeriesPoint(at, 1)])] : []);

        (await NextAsync(Open(_metrics))).ShouldSatisfyAllConditions(c => c.Problem.ShouldBeNull(), c => c.Stable.ShouldBe(new ColourCounts(1_800, 0)));
    }

    /// <summary>One after the other, the second would never be asked.</summary>
    [Fact]
    public async Task All_four_are_asked_at_the_same_time()
    {
        var gathering = new Gathering(4);

        var counts = await Awaiting.ForAsync(NextAsync(Open(gathering)), "four queries that wait for each other");

        (counts.Candidate.Requests, counts.Stable.Requests).ShouldBe((7, 7));
    }

    private QueryCounts Open(IMetricSource metrics) => new(metrics, new MetricsWatch(metrics, _time), new JudgeOptions());

    private async Task<RolloutCounts> NextAsync(QueryCounts counts)
    {
        _time.Advance(TimeSpan.FromSeconds(2));
        return (await counts.FindNextAsync(Rollout, Routing, Queries, CancellationToken.None)).ShouldNotBeNull();
    }

    /// <summary>Answers 7, once so many have asked.</summary>
    private sealed class Gathering(int expected) : IMetricSource
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        public string Name => "a source that waits";

        public Task<QueryAnswer> QueryAsync(string query, CancellationToken cancellationToken) => QueryAsync(query, default, cancellationToken);

        public async Task<QueryAnswer> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _asked) == expected) _all.SetResult();
            await _all.Task.WaitAsync(cancellationToken);
            return new QueryAnswer.Value(7, at);
        }

        public Task<SeriesAnswer> QuerySeriesAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<SeriesAnswer> QueryRangeAsync(string query, SeriesRange range, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
