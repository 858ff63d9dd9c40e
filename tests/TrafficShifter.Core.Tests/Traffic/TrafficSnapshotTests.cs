using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class TrafficSnapshotTests
{
    private static readonly TrafficSnapshot AllBlue = Some.Snapshot(Some.Definition.At(1), Some.State.At(1), Some.Weights(100, 0).At(1));

    [Fact]
    public void Weights_decide_where_the_traffic_goes()
    {
        var snapshot = AllBlue.Having(Some.Definition.At(1), Some.State.At(1), Some.Weights(90, 10).At(7));
        snapshot.Desired().ShouldBe(new DesiredTraffic(Share.OfBasisPoints(1_000), DesiredSource.Weights, Force: false, 7));
        snapshot.Problems().ShouldBeEmpty();
    }

    [Fact]
    public void An_application_without_weights_is_left_as_it_is() =>
        Some.Snapshot(Some.Definition.At(1), Some.State.At(1)).Desired().ShouldBeNull();

    [Fact]
    public void An_application_without_a_state_does_not_exist() =>
        Some.Snapshot(Some.Definition.At(1), Some.Weights(90, 10).At(1)).Find(Some.Shop).Exists.ShouldBeFalse();

    [Fact]
    public void A_broken_value_never_replaces_a_good_one()
    {
        var snapshot = AllBlue.With([("weights/shop", new Entry("weights/shop", "50/50", 9))], 9);
        snapshot.Where().ShouldBe("green 0% by Weights");
        snapshot.Problems().ShouldHaveSingleItem().ShouldStartWith("weights/shop is not valid: ");
        snapshot.Find(Some.Shop).Weights.ModifyIndex.ShouldBe(1ul);
        snapshot.Find(Some.Shop).Weights.LatestIndex.ShouldBe(9ul);
    }

    [Fact]
    public void A_good_value_after_a_broken_one_is_followed()
    {
        var snapshot = AllBlue.With([("weights/shop", new Entry("weights/shop", "50/50", 9))], 9).With([("weights/shop", Some.Weights(1, 1).At(10))], 10);
        snapshot.Where().ShouldBe("green 50% by Weights");
        snapshot.Problems().ShouldBeEmpty();
    }

    [Fact]
    public void A_key_that_vanishes_is_kept_and_said_to_be_lost()
    {
        var snapshot = AllBlue.WithAll([], 9);
        snapshot.Where().ShouldBe("green 0% by Weights");
        snapshot.Problems().ShouldBe([
            "kv-lost: apps/shop vanished without being deleted; its traffic is left as it is",
            "kv-lost: state/shop vanished; the last known state stays",
            "kv-lost: weights/shop vanished; the last known weights stay"]);
    }

    [Fact]
    public void A_single_key_that_vanishes_is_kept_too()
    {
        var snapshot = AllBlue.With([("weights/shop", null)], 9);
        snapshot.Where().ShouldBe("green 0% by Weights");
        snapshot.Problems().ShouldBe(["kv-lost: weights/shop vanished; the last known weights stay"]);
    }

    [Fact]
    public void A_tombstone_takes_the_application_away()
    {
        var snapshot = AllBlue.With([("apps/shop", (Some.Definition with { Deleted = true }).At(9))], 9);
        snapshot.Find(Some.Shop).Exists.ShouldBeFalse();
        snapshot.Desired().ShouldBeNull();
    }

    [Fact]
    public void A_lock_stands_above_the_weights_which_are_reported()
    {
        var snapshot = Some.Snapshot(Some.Definition.At(1), (Some.State with { Lock = Some.Lock(Colour.Blue) }).At(5), Some.Weights(50, 50).At(9));
        snapshot.Where().ShouldBe("green 0% by Lock");
        snapshot.Problems().ShouldBe(["weights blue 50% / green 50% are stored and not applied: all traffic is locked to blue by ben (errors)"]);
    }

    [Theory]
    [InlineData(5, 6, 7, "green 0% by FleetRollback")]
    [InlineData(8, 6, 7, "green 0% by FleetRollback")] // weights, by whomever, do not end it
    [InlineData(5, 8, 7, "green 50% by Weights")]
    [InlineData(8, 9, 7, "green 50% by Weights")]
    public void A_rollback_of_all_holds_for_whose_state_was_written_before_it(int weights, int state, int rollback, string where) =>
        Some.Snapshot(Some.Definition.At(20), Some.Weights(50, 50).At((ulong)weights), Some.State.At((ulong)state), Some.Rollback(RollbackTarget.Stable).At((ulong)rollback))
            .Where().ShouldBe(where);

    [Theory]
    [InlineData(RollbackTarget.Stable, Colour.Green, "green 100% by FleetRollback")]
    [InlineData(RollbackTarget.Stable, Colour.Blue, "green 0% by FleetRollback")]
    [InlineData(RollbackTarget.Blue, Colour.Green, "green 0% by FleetRollback")]
    [InlineData(RollbackTarget.Green, Colour.Blue, "green 100% by FleetRollback")]
    public void A_rollback_of_all_goes_to_each_one_s_stable_colour_or_to_the_one_named(RollbackTarget to, Colour stable, string where) =>
        Some.Snapshot(Some.Definition.At(1), Some.Weights(50, 50).At(1), new AppState { Stable = stable }.At(1), Some.Rollback(to).At(7)).Where().ShouldBe(where);

    [Fact]
    public void A_rollback_of_all_stands_above_an_older_lock() =>
        Some.Snapshot(Some.Definition.At(1), Some.Weights(50, 50).At(1), (Some.State with { Lock = Some.Lock(Colour.Blue) }).At(2), Some.Rollback(RollbackTarget.Green).At(7))
            .Where().ShouldBe("green 100% by FleetRollback");

    [Fact]
    public void The_index_of_what_is_wanted_is_the_newest_document_s()
    {
        var weights = Some.Snapshot(Some.Definition.At(3), Some.Weights(50, 50).At(2), Some.State.At(1), Some.Rollback(RollbackTarget.Blue).At(1));
        weights.Desired()!.Index.ShouldBe(3ul);
        weights.Having(Some.Definition.At(3), Some.Weights(50, 50).At(2), Some.State.At(1), Some.Rollback(RollbackTarget.Blue).At(9)).Desired()!.Index.ShouldBe(9ul);
    }

    [Fact]
    public void What_is_kept_on_disk_says_the_same_when_it_is_read_again()
    {
        var before = Some.Snapshot(Some.Definition.At(1), Some.Weights(50, 50).At(4), Some.State.At(5), Some.Rollback(RollbackTarget.Blue).At(7));
        var after = TrafficSnapshot.Empty.WithAll(before.ToEntries(), before.Index);
        after.Desired().ShouldBe(before.Desired());
        after.Index.ShouldBe(before.Index);
    }

    [Fact]
    public void What_is_kept_on_disk_holds_no_broken_value()
    {
        var broken = AllBlue.With([("weights/shop", new Entry("weights/shop", "50/50", 9))], 9);
        TrafficSnapshot.Empty.WithAll(broken.ToEntries(), 9).Where().ShouldBe("green 0% by Weights");
    }

    [Fact]
    public void Only_what_was_written_counts_as_changed()
    {
        var next = AllBlue.With([("weights/shop", Some.Weights(90, 10).At(7)), ("weights/other", new Entry("weights/other", "{}", 7))], 7);
        next.ChangedSince(AllBlue).Select(a => a.Value).ShouldBe(["shop", "other"], ignoreOrder: true);
        next.With([("weights/shop", Some.Weights(90, 10).At(7))], 8).ChangedSince(next).ShouldBeEmpty();
    }

    [Fact]
    public void Only_what_was_taken_in_is_looked_at()
    {
        var next = AllBlue.With([("weights/shop", Some.Weights(90, 10).At(7))], 7);
        next.ChangedSince(AllBlue, ["weights/shop", "state/nobody", "control/freeze", "weights/"]).ShouldBe([Some.Shop]);
        next.ChangedSince(AllBlue, []).ShouldBeEmpty();
        next.With([("weights/shop", Some.Weights(90, 10).At(7))], 8).ChangedSince(next, ["weights/shop"]).ShouldBeEmpty();
        next.With([(Keys.FleetRollback, Some.Rollback(RollbackTarget.Blue).At(8))], 8).ChangedSince(next, [Keys.FleetRollback]).ShouldBe([Some.Shop]);
        next.With([], 3).ChangedSince(next, []).ShouldBe([Some.Shop]);
    }

    [Fact]
    public void What_is_known_to_be_newer_than_a_listing_stays()
    {
        var next = AllBlue.With([("weights/shop", Some.Weights(90, 10).At(7))], 7);
        next.WithAll(AllBlue.ToEntries(), TrafficSnapshot.Prefixes, 7, except: key => key == "weights/shop").Where().ShouldBe("green 10% by Weights");
        next.WithAll([], TrafficSnapshot.Prefixes, 7, except: key => key == "weights/shop").Find(Some.Shop).Weights.IsLost.ShouldBeFalse();
        next.WithAll([], TrafficSnapshot.Prefixes, 7, except: key => key == "weights/shop").Find(Some.Shop).State.IsLost.ShouldBeTrue();
    }

    [Fact]
    public void A_rollback_of_all_changes_every_application()
    {
        var next = AllBlue.With([(Keys.FleetRollback, Some.Rollback(RollbackTarget.Blue).At(7))], 7);
        next.ChangedSince(AllBlue).ShouldBe([Some.Shop]);
    }

    [Theory]
    [InlineData("weights/Not a name")]
    [InlineData("targets/shop/1/0")]
    [InlineData("control/other")]
    [InlineData("")]
    public void Keys_that_are_about_nothing_known_are_passed_over(string key) =>
        AllBlue.With([(key, new Entry(key, "{}", 9))], 9).ChangedSince(AllBlue).ShouldBeEmpty();
}
