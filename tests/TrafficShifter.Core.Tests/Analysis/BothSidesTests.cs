using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Tests.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Analysis;

public sealed class BothSidesTests
{
    private static readonly DateTimeOffset Noon = SomeRollout.Noon;
    private static readonly Check Most = new() { Name = "errors", Query = "e{c=\"{{colour}}\"}", Max = 0.01 };
    private static readonly Check Least = new() { Name = "rate", Query = "e{c=\"{{colour}}\"}", Min = 100 };

    [Theory]
    [InlineData(0.5, 0.4, true)]
    [InlineData(0.02, 0.02, true)]
    [InlineData(0.03, 0.02, true)]
    [InlineData(0.031, 0.02, false)]
    [InlineData(0.5, 0.02, false)]
    [InlineData(0.5, 0.01, false)]
    [InlineData(0.5, 0.0, false)]
    public void The_stable_side_is_as_bad_when_it_is_beyond_the_limit_by_at_least_half_as_much(double candidate, double stable, bool both) =>
        IsBoth(Most, candidate, stable).ShouldBe(both);

    [Theory]
    [InlineData(50, 70, true)]
    [InlineData(0, 60, false)]
    [InlineData(0, 50, true)]
    public void The_same_below_a_lower_limit(double candidate, double stable, bool both) => IsBoth(Least, candidate, stable).ShouldBe(both);

    [Fact]
    public void A_failure_alone_says_what_the_stable_side_has()
    {
        var compared = BothSides.Compare(Most, Failed(0.5), Measure(Most, 0.001), Colour.Blue).ShouldBeOfType<Measurement.Failed>();
        (compared.Stable, compared.Sentence).ShouldBe((0.001, "errors: 0.5 is beyond max 0.01 (over 5s), where blue has 0.001"));
    }

    [Fact]
    public void What_is_not_known_of_the_stable_side_excuses_nothing()
    {
        BothSides.Compare(Most, Failed(0.5), SomeRollout.Insufficient("errors", Noon) with { Value = 0.9 }, Colour.Blue).ShouldBe(Failed(0.5));
        BothSides.Compare(Most, Failed(0.5), Failed(0.5) with { Value = null }, Colour.Blue).ShouldBe(Failed(0.5));
    }

    [Fact]
    public void No_data_on_both_sides_is_the_same_on_both() =>
        BothSides.Compare(Most with { NoData = NoDataRule.Fail }, Failed(0) with { Value = null }, Failed(0) with { Value = null }, Colour.Blue)
            .ShouldBeOfType<Measurement.Insufficient>().Sentence.ShouldStartWith("errors: both sides: no data on green and no data on blue");

    [Theory]
    [InlineData("e{c=\"{{colour}}\"}", true, true)]
    [InlineData("e{s=~\"{{server}}\"}", true, true)]
    [InlineData("e{app=\"{{app}}\"}", true, false)]
    [InlineData("e{c=\"{{colour}}\"}", false, false)]
    public void The_stable_side_is_asked_only_where_the_query_can_tell(string query, bool wanted, bool asked) =>
        BothSides.IsAsked(Most with { Query = query, BothSides = wanted }).ShouldBe(asked);

    private static bool IsBoth(Check check, double candidate, double stable)
    {
        var compared = BothSides.Compare(check, (Measurement.Failed)Measure(check, candidate), Measure(check, stable), Colour.Blue);
        compared.Stable.ShouldBe(stable);
        return compared is Measurement.Insufficient { BothSides: true };
    }

    private static Measurement.Failed Failed(double value) => (Measurement.Failed)SomeRollout.Failed("errors", Noon) with { Value = value };

    private static Measurement Measure(Check check, double value) => Measuring.Measure(
        new ResolvedCheck(check, "e", null, TimeSpan.FromSeconds(5)), new Core.Ports.QueryAnswer.Value(value, Noon), null, TimeSpan.Zero, Noon);
}
