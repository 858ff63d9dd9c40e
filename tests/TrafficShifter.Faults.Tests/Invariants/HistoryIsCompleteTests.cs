using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Workload;
using static TrafficShifter.Faults.Tests.SomeRound;

namespace TrafficShifter.Faults.Tests.Invariants;

public sealed class HistoryIsCompleteTests
{
    private readonly HistoryIsComplete _invariant = new();

    [Fact]
    public void Every_change_once_is_right() => _invariant.Find(Good()).ShouldBeEmpty();

    [Fact]
    public void A_change_that_is_missing_is_found() => _invariant.Find(Good() with { History = [] }).Single().ShouldStartWith("shop: shift 2 by anna was acknowledged and is not in the history");

    [Fact]
    public void A_change_told_twice_is_found() => _invariant.Find(Good() with { History = [Told("shift 2"), Told("shift 2", "02")] }).Single().ShouldBe("shop: shift 2 by anna is 2 times in the history");

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    public void One_that_was_refused_must_not_be_told_and_one_of_which_nothing_is_known_may(bool isTold, bool isUnknown, bool isRight)
    {
        var shift = Shift(3, outcome: isUnknown ? OperationOutcome.Unknown : OperationOutcome.Refused);
        var round = Good() with { Operations = [shift], History = isTold ? [Told("shift 3")] : [] };
        _invariant.Find(round).Any().ShouldBe(!isRight);
    }

    [Fact]
    public void A_step_of_a_rollout_told_twice_is_found() =>
        _invariant.Find(Good() with { History = [Told("shift 2"), Told("", "02", "rollout.advanced", "roll-1"), Told("", "03", "rollout.advanced", "roll-1")] }).Single().ShouldBe("roll-1: rollout.advanced is 2 times in the history");

    [Fact]
    public void A_write_that_is_gone_is_found() =>
        _invariant.Find(Good() with { Stored = [new("shop", 5, "shift 1")] }).Single().ShouldBe("shop: shift 2 was acknowledged at index 7, the store is at 5");

    [Fact]
    public void Another_write_under_the_same_index_is_found() =>
        _invariant.Find(Good() with { Stored = [new("shop", 7, "shift 1")] }).Single().ShouldBe("shop: index 7 was shift 2 and is \"shift 1\" now");

    [Fact]
    public void Of_an_emptied_store_only_what_came_after_it_is_asked() => _invariant.Find(Good(new SomeFault(WipesStore: true)) with { History = [], Stored = [new("shop", 1, "")] }).ShouldBeEmpty();
}
