using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>A store that was wiped, or restored from a backup, has an index that went backwards.</summary>
public sealed class LostStoreProperties
{
    [Fact]
    public void A_wiped_store_moves_nobody_s_traffic() => ForAll(x =>
    {
        var where = Where(x.Before);
        Where(x.Before.WithAll([], x.NewIndex)).ShouldBe(where);
        // A second look at the empty store, and one more wipe.
        Where(x.Before.WithAll([], x.NewIndex).WithAll([], x.NewIndex + 1).WithAll([], 1)).ShouldBe(where);
    });

    [Fact]
    public void A_wiped_store_in_which_only_broken_values_stand_moves_nobody_s_traffic() => ForAll(x =>
    {
        Entry[] broken = [new("weights/shop", "?", 2), new("state/shop", "[]", 2), new("apps/shop", "{}", 2), new("control/rollback", "\"\"", 2)];
        Where(x.Before.WithAll(broken, 2)).ShouldBe(Where(x.Before));
    });

    [Fact]
    public void A_store_restored_with_the_same_documents_in_the_same_order_moves_nobody_s_traffic() => ForAll(x =>
    {
        // Indexes shrink to 1, 2, 3 …, in the order that they had.
        var ranks = x.Entries.Select(e => e.ModifyIndex).Distinct().Order().Select((index, rank) => (index, rank: (ulong)rank + 1)).ToDictionary(p => p.index, p => p.rank);
        var restored = x.Entries.Select(e => e with { ModifyIndex = ranks[e.ModifyIndex] }).ToList();
        Where(x.Before.WithAll(restored, 4)).ShouldBe(Where(x.Before));
        Where(x.Before.WithAll([], 3).WithAll(restored, 4)).ShouldBe(Where(x.Before));
    });

    [Fact]
    public void What_people_write_after_the_wipe_is_followed() => ForAll(x =>
    {
        var wiped = x.Before.WithAll([], x.NewIndex);
        if (!wiped.Find(Some.Shop).Exists || wiped.Find(Some.Shop).FindLock(wiped.Fleet) is not null) return;
        wiped.With([("weights/shop", Some.Weights(30, 70).At(x.NewIndex + 1))], x.NewIndex + 1).Where().ShouldBe("green 70% by Weights");
    });

    [Fact]
    public void A_rollback_of_all_outlives_the_wipe_until_somebody_unlocks()
    {
        var before = Some.Snapshot(Some.Definition.At(10), Some.State.At(11), Some.Weights(50, 50).At(12), Some.Rollback(RollbackTarget.Green).At(13));
        var wiped = before.WithAll([], 2);
        wiped.Where().ShouldBe("green 100% by Lock");
        wiped.With([("weights/shop", Some.Weights(50, 50).At(3))], 3).Where().ShouldBe("green 100% by Lock");
        wiped.With([("state/shop", Some.State.At(4)), ("weights/shop", Some.Weights(100, 0).At(4))], 4).Where().ShouldBe("green 0% by Weights");
    }

    [Fact]
    public void A_definition_applied_again_after_a_wipe_moves_nobody_s_traffic() => ForAll(x =>
    {
        var wiped = x.Before.WithAll([], x.NewIndex);
        if (!wiped.Find(Some.Shop).Exists) return;
        var index = x.NewIndex + 1;
        var written = TrafficChanges.Save(wiped.Find(Some.Shop), Some.Definition, Colour.Green, Some.Note).Changes
            .OfType<Change.Put>().Select(p => (p.Key, (Entry?)new Entry(p.Key, p.Value, index)));
        wiped.With(written, index).Where().ShouldBe(wiped.Where());
    });

    [Fact]
    public void A_rollback_of_all_after_a_wipe_outlives_a_definition_that_is_applied_again()
    {
        var wiped = Some.Snapshot(Some.Definition.At(10), Some.State.At(11), Some.Weights(50, 50).At(12)).WithAll([], 2);
        var rolledBack = wiped.With([("control/rollback", Some.Rollback(RollbackTarget.Green).At(3))], 3);
        var written = TrafficChanges.Save(rolledBack.Find(Some.Shop), Some.Definition, Colour.Blue, Some.Note, rolledBack.Fleet).Changes
            .OfType<Change.Put>().Select(p => (p.Key, (Entry?)new Entry(p.Key, p.Value, 4)));
        rolledBack.With(written, 4).Where().ShouldBe("green 100% by Lock");
    }

    /// <summary>A rollback of all that held becomes a lock of each application: the same traffic.</summary>
    private static string Where(TrafficSnapshot snapshot) => snapshot.Where().Replace("FleetRollback", "Lock", StringComparison.Ordinal);

    private static void ForAll(Action<Case> holds) => Prop.ForAll(Cases.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static readonly Gen<Case> Cases =
        from deleted in Gen.Frequency((6, Gen.Constant(false)), (1, Gen.Constant(true)))
        from stable in Gen.Elements(Colour.Blue, Colour.Green)
        from held in Gen.Elements<Colour?>(null, null, Colour.Blue, Colour.Green)
        from blue in Gen.Choose(0, 100)
        from rollback in Gen.Elements<RollbackTarget?>(null, RollbackTarget.Stable, RollbackTarget.Blue, RollbackTarget.Green)
        from indexes in Gen.Choose(100, 110).Select(i => (ulong)i).ArrayOf(4)
        from newIndex in Gen.Choose(1, 99)
        select new Case(
            [
                (Some.Definition with { Deleted = deleted }).At(indexes[0]),
                new AppState { Stable = stable, Lock = held is { } to ? Some.Lock(to) : null }.At(indexes[1]),
                Some.Weights(blue, 100 - blue).At(indexes[2]),
                .. rollback is { } target ? new[] { Some.Rollback(target).At(indexes[3]) } : [],
            ],
            (ulong)newIndex);

    private sealed record Case(Entry[] Entries, ulong NewIndex)
    {
        public TrafficSnapshot Before { get; } = Some.Snapshot(Entries);

        public override string ToString() => $"{string.Join('\n', Entries.Select(e => $"{e.Key} at {e.ModifyIndex}: {e.Value}"))}\nnew index {NewIndex}";
    }
}
