using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Stack;
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
    public void A_rollback_of_all_is_told_once_and_once_by_each_application() => _invariant.Find(RolledBackAll(Everywhere)).ShouldBeEmpty();

    [Fact]
    public void One_that_went_past_the_store_is_told_by_the_applications_alone() => _invariant.Find(RolledBackAll(Everywhere.Where(h => h.App.Length > 0), index: 0)).ShouldBeEmpty();

    [Fact]
    public void A_rollback_of_all_that_is_not_told_is_found() =>
        _invariant.Find(RolledBackAll(Everywhere.Where(h => h.App.Length > 0))).Single().ShouldBe("rollback-all 5 by carla was acknowledged and is not in the history: 200");

    [Fact]
    public void An_application_that_a_rollback_of_all_was_not_brought_to_is_found_unless_somebody_unlocked_it()
    {
        var others = Everywhere.Where(h => h.App is not "cart").ToList();
        _invariant.Find(RolledBackAll(others)).Single().ShouldBe("the rollback of all is not in the history of cart");
        _invariant.Find(RolledBackAll([.. others, Told("unlock 6", "06", "app.unlocked") with { App = "cart" }])).ShouldBeEmpty();
    }

    [Fact]
    public void A_rollback_of_all_told_twice_by_one_application_is_found() =>
        _invariant.Find(RolledBackAll([.. Everywhere, Told("rollback-all 5", "09", "app.rolledBack") with { App = "cart" }])).Single().ShouldBe("cart: rollback-all 5 by carla is 2 times in the history");

    [Fact]
    public void One_that_was_overtaken_past_the_store_is_told_once_for_all_of_them() => _invariant.Find(Overtaken([Overtaking()], Noted)).ShouldBeEmpty();

    [Fact]
    public void One_that_was_recorded_before_it_was_overtaken_is_told_by_those_that_had_it() =>
        _invariant.Find(Overtaken([Overtaking()], [Told("rollback-all 4", "override-04", "app.rolledBack") with { App = "cart" }, .. Noted])).ShouldBeEmpty();

    [Fact]
    public void One_that_was_overtaken_and_is_missing_is_found() =>
        _invariant.Find(Overtaken([Overtaking()], [])).Single().ShouldBe("rollback-all 4 by carla was acknowledged, then overtaken, and is nowhere in the history: 200");

    [Fact]
    public void One_that_was_overtaken_and_is_told_twice_is_found() =>
        _invariant.Find(Overtaken([Overtaking()], [.. Noted, Told("rollback-all 4", "04", "fleet.rolledBack") with { App = "" }])).Single().ShouldBe("all applications: rollback-all 4 by carla is 2 times in the history");

    [Fact]
    public void Of_two_the_later_one_must_be_told_by_every_application() =>
        _invariant.Find(Overtaken([Overtaking()], [.. Noted, Told("rollback-all 4", "override-04", "app.rolledBack") with { App = "cart" }], Everywhere.Where(h => h.App is not "cart")))
            .Single().ShouldBe("the rollback of all is not in the history of cart");

    [Fact]
    public void One_that_single_applications_overtook_is_told_by_all_others()
    {
        var back = TestedApp.Fire.Name;
        var wrong = TestedApp.All.Select(app => Told("rollback-all 4", "override-04", "app.rolledBack") with { App = app.Name }).Where(h => h.App != back).ToList();
        var single = Overtaking() with { App = back, Kind = Operation.Rollback, Reason = "rollback 5" };
        var told = Told("rollback 5", "05", "app.rolledBack") with { App = back };

        _invariant.Find(Overtaken([single], wrong, [told])).ShouldBeEmpty();
        _invariant.Find(Overtaken([single], wrong.Where(h => h.App is not "cart"), [told])).Single().ShouldBe("the rollback of all is not in the history of cart");
        _invariant.Find(Overtaken([single], wrong, [])).Single().ShouldStartWith("fire: rollback 5 by carla was acknowledged and is not in the history");
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

    private static IEnumerable<HistoryRow> Everywhere =>
        [Told("rollback-all 5", "05", "fleet.rolledBack") with { App = "" }, .. TestedApp.All.Select(app => Told("rollback-all 5", "override-05", "app.rolledBack") with { App = app.Name })];

    /// <summary>As it is told when a later one of all was in the store before it could be recorded.</summary>
    private static IEnumerable<HistoryRow> Noted => [Told("rollback-all 4", "override-04", "fleet.rolledBack") with { App = "" }];

    private static Operation Overtaking() =>
        new(Operation.EveryApp, "carla", Operation.RollbackOfAll, At(2.5), At(2.6), OperationOutcome.Accepted, 8, null) { Reason = "rollback-all 5", Answer = "200" };

    /// <summary>One of all to green that went past the store, then these.</summary>
    private static RoundRecord Overtaken(IEnumerable<Operation> then, IEnumerable<HistoryRow> wrong, IEnumerable<HistoryRow>? told = null) => Good() with
    {
        Operations = [Shift(2, index: 7), Overtaking() with { Sent = At(1.5), Answered = At(2.4), ModifyIndex = 0, To = Colour.Green, Reason = "rollback-all 4" }, .. then],
        History = [Told("shift 2"), .. wrong, .. told ?? Everywhere],
    };

    private static RoundRecord RolledBackAll(IEnumerable<HistoryRow> told, ulong index = 8) => Good() with
    {
        Operations = [Shift(2, index: 7), new Operation(Operation.EveryApp, "carla", Operation.RollbackOfAll, At(2.5), At(2.6), OperationOutcome.Accepted, index, null) { Reason = "rollback-all 5", Answer = "200" }],
        History = [Told("shift 2"), .. told],
    };
}
