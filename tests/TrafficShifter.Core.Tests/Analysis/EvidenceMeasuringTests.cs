using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Analysis;

public sealed class EvidenceMeasuringTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Routing Routing = new() { Backend = ProxyName.Parse("shop") };
    private static readonly TemplateValues Values = TemplateValues.Of(AppName.Parse("shop"), Routing, Colour.Green, TimeSpan.FromSeconds(60));

    [Fact]
    public void An_error_ratio_is_measured_as_a_query_would_be()
    {
        Measure("error-ratio", new(1_000, 5), new(9_000, 9)).ShouldBeOfType<Measurement.Passed>().Sentence.ShouldBe("error-ratio: 0.005 is within max 0.01 (1000 requests in 60s)");
        var failed = Measure("error-ratio", new(1_000, 30), new(9_000, 9)).ShouldBeOfType<Measurement.Failed>();
        failed.Sentence.ShouldBe("error-ratio: 0.03 is beyond max 0.01 (1000 requests in 60s), where blue has 0.001");
        failed.Query.ShouldBe("""sum(increase(trafficshifter_evidence_bad_total{app="shop",colour="green"}[60s])) / sum(increase(trafficshifter_evidence_requests_total{app="shop",colour="green"}[60s]))""");
        Measure("error-ratio", new(1_000, 30), new(9_000, 400)).ShouldBeOfType<Measurement.Insufficient>().BothSides.ShouldBeTrue();
        Measure("error-ratio", new(99, 30), new(9_000, 9)).ShouldBeOfType<Measurement.Insufficient>().Sentence.ShouldContain("99 requests of at least 100 needed");
        Measure("error-ratio", new(0, 0), new(9_000, 9)).ShouldBeOfType<Measurement.Insufficient>();
        Measure("availability", new(1_000, 30), new(9_000, 9)).ShouldBeOfType<Measurement.Failed>().Value.ShouldBe(0.97);
    }

    [Theory]
    [InlineData(0.14, true)]
    [InlineData(0.17, false)]
    public void A_latency_is_held_against_the_stable_sides(double candidate, bool passes)
    {
        var measured = Measure("latency-p90", Answers(1_000, candidate), Answers(1_000, 0.1));
        (measured is Measurement.Passed).ShouldBe(passes);
        measured.Stable!.Value.ShouldBe(0.1, 1e-9);
        measured.Limit.ShouldBe("max 0.16");
        Measure("latency-p90", Answers(1_000, candidate), new(1_000, 0)).ShouldBeOfType<Measurement.Insufficient>();
    }

    /// <summary>90 % of the answers take up to <paramref name="seconds"/>, the others longer.</summary>
    private static ColourCounts Answers(long count, double seconds) =>
        new(count, 0) { Latency = LatencyCounts.Of([new(seconds, count * 9 / 10), new(double.PositiveInfinity, count)]) };

    private static Measurement Measure(string check, ColourCounts candidate, ColourCounts stable) => EvidenceMeasuring.Measure(EvidenceChecks.Find(check)!, Values, candidate, stable, Noon);
}
