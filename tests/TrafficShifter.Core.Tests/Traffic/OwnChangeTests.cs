using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>What a process wrote itself is followed before the feed tells of it, where it is certain to be all.</summary>
public sealed class OwnChangeTests
{
    private static readonly TrafficSnapshot Known = Some.Snapshot(Some.Definition.At(1), Some.Weights(100, 0).At(2), Some.State.At(3), Some.Rollback(RollbackTarget.Blue).At(2));

    [Fact]
    public void A_shift_that_was_decided_on_what_is_known_is_followed()
    {
        var after = Known.Follow(ShiftOf(Known), 9)!;

        after.Where().ShouldBe("green 10% by Weights");
        after.Desired()!.Index.ShouldBe(9ul);
        after.Find(Some.Shop).OwnIndex.ShouldBe(9ul);
        after.Index.ShouldBe(Known.Index, "of other applications nothing is known");
        after.ChangedSince(Known, ["weights/shop"]).ShouldBe([Some.Shop]);
    }

    [Fact]
    public void An_unlock_writes_two_documents_and_both_are_followed()
    {
        var locked = Known.Having(Some.Definition.At(1), Some.Weights(100, 0).At(2), (Some.State with { Lock = Some.Lock(Colour.Green) }).At(5), Some.Rollback(RollbackTarget.Blue).At(2));
        var unlock = TrafficChanges.Unlock(locked.Find(Some.Shop), locked.Find(Some.Shop).State.Value!, Some.Note).UnlessRolledBackSince(locked.Fleet);

        locked.Follow(unlock, 9).ShouldBeNull("the definition may be another one");
        locked.Follow(unlock.With(new Change.Unchanged("apps/shop", 1)), 9)!.Where().ShouldBe("green 0% by Weights");
    }

    [Theory]
    [InlineData("apps/shop")]
    [InlineData("weights/shop")]
    [InlineData("state/shop")]
    [InlineData("control/rollback")]
    public void What_was_decided_on_something_newer_waits_for_the_feed(string key) =>
        Known.Follow(ShiftOf(Known) is var shift ? shift with { Changes = [.. shift.Changes.Select(c => c.Key == key ? Newer(c) : c)] } : null!, 9).ShouldBeNull();

    [Theory]
    [InlineData("apps/shop")]
    [InlineData("state/shop")]
    [InlineData("control/rollback")]
    public void What_did_not_require_all_that_decides_waits_for_the_feed(string key) =>
        Known.Follow(ShiftOf(Known) is var shift ? shift with { Changes = shift.Changes.RemoveAll(c => c.Key == key) } : null!, 9).ShouldBeNull();

    [Fact]
    public void A_write_without_a_condition_waits_for_the_feed()
    {
        var shift = ShiftOf(Known);
        Known.Follow(shift.With(new Change.Set("state/shop", "{}")), 9).ShouldBeNull();
        Known.Follow(shift.With(new Change.Set("control/rollback", "{}")), 9).ShouldBeNull();
        Known.Follow(shift.With(new Change.Remove("targets/shop", 1)), 9).ShouldBeNull();
    }

    [Fact]
    public void Map_routing_waits_for_the_feed_because_target_rules_decide_too()
    {
        var mapped = Some.Snapshot((Some.Definition with { Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("shop") }.WithDefaults() }).At(1), Some.Weights(100, 0).At(2), Some.State.At(3));

        mapped.Follow(ShiftOf(mapped), 9).ShouldBeNull();
    }

    [Fact]
    public void What_is_not_about_traffic_is_nothing_to_follow() =>
        Known.Follow(ChangeSet.Empty.With(new Change.Set("history/shop/1", "{}")).UnlessRolledBackSince(Known.Fleet), 9).ShouldBeNull();

    private static ChangeSet ShiftOf(TrafficSnapshot known) => TrafficChanges.Shift(known.Find(Some.Shop), Some.Weights(90, 10), Some.Note).UnlessRolledBackSince(known.Fleet);

    private static Change Newer(Change change) => change switch
    {
        Change.Put put => put with { Expected = put.Expected + 1 },
        Change.Unchanged same => same with { Expected = same.Expected + 1 },
        _ => throw new InvalidOperationException($"{change} requires nothing"),
    };
}
