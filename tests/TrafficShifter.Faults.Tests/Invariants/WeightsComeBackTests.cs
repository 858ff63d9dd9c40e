using TrafficShifter.Faults.Invariants;
using static TrafficShifter.Faults.Tests.SomeRound;

namespace TrafficShifter.Faults.Tests.Invariants;

public sealed class WeightsComeBackTests
{
    private readonly WeightsComeBack _invariant = new();

    [Fact]
    public void Right_within_the_bound_is_right() => _invariant.Find(Good()).ShouldBeEmpty();

    [Fact]
    public void Right_after_the_bound_is_too_late() => _invariant.Find(Good() with { Back = At(15) }).Single().ShouldBe("right only 11.0 s after the fault's end, 10 s are allowed");

    [Fact]
    public void Never_right_says_what_was_wrong() =>
        _invariant.Find(Good() with { Back = null, Missing = "shop has green at 50 % on haproxy1, wanted is 20 %" }).Single().ShouldEndWith(": shop has green at 50 % on haproxy1, wanted is 20 %");
}
