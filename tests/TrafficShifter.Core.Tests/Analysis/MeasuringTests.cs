using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Tests.Analysis;

public sealed class MeasuringTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Check Errors = new() { Name = "errors", Query = "q", Max = 0.01 };

    [Theory]
    [InlineData(0.01, "passed", "errors: 0.01 is within max 0.01 (over 7s)")]
    [InlineData(0.0101, "failed", "errors: 0.0101 is beyond max 0.01 (over 7s)")]
    [InlineData(-1, "passed", "errors: -1 is within max 0.01 (over 7s)")]
    public void A_value_on_the_limit_passes(double value, string outcome, string sentence) =>
        Measure(Errors, Value(value)).ShouldBe(outcome, sentence);

    [Fact]
    public void Both_limits_hold()
    {
        var check = Errors with { Min = 0.005 };
        Measure(check, Value(0.001)).ShouldBe("failed", "errors: 0.001 is beyond min 0.005, max 0.01 (over 7s)");
        Measure(check, Value(0.007)).ShouldBe("passed", "errors: 0.007 is within min 0.005, max 0.01 (over 7s)");
    }

    [Theory]
    [InlineData(NoDataRule.Hold, "insufficient", "errors: too little data: the query returned no data in 7s")]
    [InlineData(NoDataRule.Fail, "failed", "errors: the query returned no data, which this check takes as a failure (max 0.01) (over 7s)")]
    [InlineData(NoDataRule.Pass, "passed", "errors: the query returned no data, which this check takes as a pass (max 0.01) (over 7s)")]
    public void No_data_means_what_the_check_says(NoDataRule rule, string outcome, string sentence) =>
        Measure(Errors with { NoData = rule }, new QueryAnswer.NoData()).ShouldBe(outcome, sentence);

    [Theory]
    [InlineData(99, 0.5, "insufficient", "errors: too little data: 99 requests of at least 100 needed in 7s")]
    [InlineData(100, 0.5, "failed", "errors: 0.5 is beyond max 0.01 (100 requests in 7s)")]
    [InlineData(12345.4, 0.0, "passed", "errors: 0 is within max 0.01 (12345 requests in 7s)")]
    public void Too_few_requests_are_no_evidence_whatever_the_value(double sample, double value, string outcome, string sentence) =>
        Measure(Counted, Value(value), Value(sample)).ShouldBe(outcome, sentence);

    [Fact]
    public void A_sample_without_data_is_no_requests_even_where_no_data_would_pass() =>
        Measure(Counted with { NoData = NoDataRule.Pass }, new QueryAnswer.NoData(), new QueryAnswer.NoData())
            .ShouldBe("insufficient", "errors: too little data: 0 requests of at least 100 needed in 7s");

    [Fact]
    public void What_cannot_be_asked_is_an_error_not_a_failure()
    {
        Measure(Errors, new QueryAnswer.SeveralSeries(3)).ShouldBe("error", "errors: could not be measured: the query returned 3 series, not one: aggregate it, as with sum(…)");
        Measure(Errors, new QueryAnswer.Refused("unknown function foo")).ShouldBe("error", "errors: could not be measured: the query was refused: unknown function foo");
        Measure(Counted, Value(0.5), new QueryAnswer.SeveralSeries(2)).ShouldBe("error", "errors: could not be measured: the sample query returned 2 series, not one: aggregate it, as with sum(…)");
        Measuring.Unreachable(Asked(Errors), "VictoriaMetrics http://vm:8428 did not answer", At).ShouldBe("error", "errors: could not be measured: VictoriaMetrics http://vm:8428 did not answer");
    }

    [Theory]
    [InlineData(2.0, "passed")]
    [InlineData(2.1, "error")]
    [InlineData(-2.1, "error")]
    public void A_clock_that_is_more_than_two_seconds_off_measures_another_time(double skew, string outcome) =>
        OutcomeOf(Measuring.Measure(Asked(Errors), Value(0), null, TimeSpan.FromSeconds(skew), At)).ShouldBe(outcome);

    [Fact]
    public void Every_measurement_carries_what_explains_it()
    {
        var measurement = Measure(Counted, Value(0.5), Value(120));
        (measurement.Check, measurement.Value, measurement.Limit, measurement.Sample, measurement.Window, measurement.At)
            .ShouldBe(("errors", 0.5, "max 0.01", 120, TimeSpan.FromSeconds(7), At));
    }

    [Fact]
    public void A_measurement_reads_back_wherever_its_outcome_stands()
    {
        var measurement = Measure(Counted, Value(0.5), Value(120));
        var json = System.Text.Json.Nodes.JsonNode.Parse(DocumentJson.Write(measurement))!.AsObject();
        var outcome = json["outcome"]!.DeepClone();
        json.Remove("outcome");
        json["outcome"] = outcome;
        System.Text.Json.JsonSerializer.Deserialize<Measurement>(json.ToJsonString(), DocumentJson.Options).ShouldBe(measurement);
    }

    internal static string OutcomeOf(Measurement measurement) => measurement.GetType().Name.ToLowerInvariant();

    private static Check Counted => Errors with { SampleQuery = "n", MinRequests = 100 };

    private static QueryAnswer.Value Value(double number) => new QueryAnswer.Value(number, At);

    private static ResolvedCheck Asked(Check check) => new(check, check.Query!, check.SampleQuery, TimeSpan.FromSeconds(7));

    private static Measurement Measure(Check check, QueryAnswer answer, QueryAnswer? sample = null) =>
        Measuring.Measure(Asked(check), answer, sample, TimeSpan.Zero, At);
}

internal static class MeasurementAssertions
{
    public static void ShouldBe(this Measurement measurement, string outcome, string sentence) =>
        (MeasuringTests.OutcomeOf(measurement), measurement.Sentence).ShouldBe((outcome, sentence));
}
