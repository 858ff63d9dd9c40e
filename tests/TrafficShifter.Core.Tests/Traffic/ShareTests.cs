using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class ShareTests
{
    [Theory]
    [InlineData(0, 5, "0%")]
    [InlineData(5, 5, "100%")]
    [InlineData(1, 3, "33.33%")]
    [InlineData(2, 3, "66.67%")]
    [InlineData(1, 8, "12.5%")]
    [InlineData(1, 20_000, "0.01%")]
    [InlineData(3, 20_000, "0.02%")]
    [InlineData(1, 2_000_000, "0.01%")]
    [InlineData(1_999_999, 2_000_000, "99.99%")]
    [InlineData(19_999, 20_000, "99.99%")]
    public void A_part_is_rounded_half_up_but_never_to_nothing_or_all(long part, long whole, string share) => Share.Of(part, whole).ToString().ShouldBe(share);

    [Theory]
    [InlineData("5%", 500)]
    [InlineData("0.25%", 25)]
    [InlineData("00.50%", 50)]
    [InlineData("100%", 10_000)]
    [InlineData("0%", 0)]
    public void A_share_is_read(string text, int basisPoints) => Share.Parse(text).BasisPoints.ShouldBe(basisPoints);

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("%")]
    [InlineData("-5%")]
    [InlineData("101%")]
    [InlineData("100.01%")]
    [InlineData("0.001%")]
    [InlineData("1e1%")]
    [InlineData("5 %")]
    [InlineData("5,5%")]
    [InlineData("٥%")]
    [InlineData("NaN%")]
    public void Anything_else_is_no_share(string text)
    {
        Share.TryParse(text, null, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => Share.Parse(text)).Message.ShouldStartWith($"\"{text}\" is not a share like");
    }

    [Fact]
    public void What_is_written_is_read_back() => Prop.ForAll(Gen.Choose(0, 10_000).ToArbitrary(), basisPoints =>
        Share.Parse(Share.OfBasisPoints(basisPoints).ToString()).BasisPoints.ShouldBe(basisPoints)).QuickCheckThrowOnFailure();

    [Fact]
    public void Only_nothing_is_nothing_and_only_all_is_all() => Prop.ForAll(Pairs.ToArbitrary(), pair =>
    {
        var share = Share.Of(pair.Part, pair.Whole);
        (share == Share.None).ShouldBe(pair.Part == 0);
        (share == Share.All).ShouldBe(pair.Part == pair.Whole);
        (share.BasisPoints + share.Rest.BasisPoints).ShouldBe(10_000);
        // Within half a hundredth of a percent of the truth, but for the two ends, which give way.
        var off = Math.Abs((decimal)pair.Part * 10_000 / pair.Whole - share.BasisPoints);
        if (share.BasisPoints is > 1 and < 9_999) off.ShouldBeLessThanOrEqualTo(0.5m);
        else off.ShouldBeLessThanOrEqualTo(1m);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    public void A_part_of_nothing_or_more_than_the_whole_cannot_be_asked_for(long part, long whole) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Share.Of(part, whole));

    [Theory]
    [InlineData(1_000, 90, 10)]
    [InlineData(10_000, 0, 100)]
    [InlineData(500, 95, 5)]
    [InlineData(25, 9_975, 25)]
    [InlineData(0, 100, 0)]
    public void Weights_that_give_a_share_are_small_and_exact(int basisPoints, int blue, int green)
    {
        var share = Share.OfBasisPoints(basisPoints);
        var weights = Weights.Giving(Colour.Green, share);
        (weights.Blue, weights.Green).ShouldBe((blue, green));
        weights.ShareOf(Colour.Green).ShouldBe(share);
    }

    [Fact]
    public void Weights_give_every_share_exactly_to_either_colour() => Prop.ForAll(Gen.Choose(0, 10_000).ToArbitrary(), basisPoints =>
    {
        var share = Share.OfBasisPoints(basisPoints);
        foreach (var colour in new[] { Colour.Blue, Colour.Green })
        {
            var weights = Weights.Giving(colour, share);
            weights.FindProblem().ShouldBeNull();
            weights.ShareOf(colour).ShouldBe(share);
            weights.ShareOf(colour.Other()).ShouldBe(share.Rest);
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1, 5, "blue: a weight is 0 to 1000000, not -1")]
    [InlineData(5, 1_000_001, "green: a weight is 0 to 1000000, not 1000001")]
    [InlineData(0, 0, "blue and green are both 0: somebody must serve the traffic")]
    public void Weights_that_nobody_could_follow_are_refused(int blue, int green, string problem) =>
        new Weights { Blue = blue, Green = green }.FindProblem().ShouldBe(problem);

    private static Gen<(long Part, long Whole)> Pairs =>
        from whole in Gen.Choose(1, 2_000_000)
        from part in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Constant(whole)), (1, Gen.Choose(0, Math.Min(3, whole))), (5, Gen.Choose(0, whole)))
        select ((long)part, (long)whole);
}
