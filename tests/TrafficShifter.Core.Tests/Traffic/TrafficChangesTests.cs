using System.Globalization;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class TrafficChangesTests
{
    private static readonly string History = $"set history/shop/{Some.Note.Id}";
    private static readonly AppTraffic Shop = Known(Some.Definition.At(3), Some.State.At(4), Some.Weights(90, 10).At(5));

    [Fact]
    public void A_new_application_begins_on_its_stable_colour_if_nobody_else_made_it_meanwhile()
    {
        var changes = TrafficChanges.Save(new AppTraffic(Some.Shop), Some.Definition, Colour.Green, Some.Note);
        Operations(changes).ShouldBe(["put apps/shop at 0", "put weights/shop at 0", "put state/shop at 0", History]);
        Read<Weights>(changes, "weights/shop").ShouldBe(new Weights { Blue = 0, Green = 100, By = "anna", Reason = "release 42", At = Some.Noon, Change = Some.Note.Id });
        Read<AppState>(changes, "state/shop").ShouldBe(new AppState { Stable = Colour.Green, OverrideAck = Some.Note.Id });
        Entry(changes).Kind.ShouldBe("app.created");
        Entry(changes).Sentence.ShouldBe("created by anna; all traffic on green");
    }

    [Fact]
    public void A_definition_is_replaced_without_touching_weights_or_state()
    {
        var changes = TrafficChanges.Save(Shop, Some.Definition with { Owners = ["team"] }, Colour.Green, Some.Note);
        Operations(changes).ShouldBe(["put apps/shop at 3", "unchanged state/shop at 4", History]);
        Entry(changes).Kind.ShouldBe("app.replaced");
        Entry(changes).Before!.Value.GetProperty("owners").GetArrayLength().ShouldBe(0);
        Entry(changes).After!.Value.GetProperty("owners").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public void What_a_deleted_application_left_is_replaced_and_never_continued()
    {
        var deleted = Known((Some.Definition with { Deleted = true }).At(6), (Some.State with { Lock = Some.Lock(Colour.Green) }).At(4), Some.Weights(90, 10).At(5));
        var changes = TrafficChanges.Save(deleted, Some.Definition, Colour.Blue, Some.Note);
        Operations(changes).ShouldBe(["put apps/shop at 6", "put weights/shop at 5", "put state/shop at 4", History]);
        Read<AppState>(changes, "state/shop").Lock.ShouldBeNull();
        Read<Weights>(changes, "weights/shop").Blue.ShouldBe(100);
    }

    [Fact]
    public void What_a_wiped_store_lost_is_written_again_as_it_was()
    {
        var wiped = Some.Snapshot(Some.Definition.At(13), (Some.State with { Lock = Some.Lock(Colour.Green) }).At(14), Some.Weights(90, 10).At(15)).WithAll([], 2).Find(Some.Shop);
        var changes = TrafficChanges.Save(wiped, Some.Definition, Colour.Green, Some.Note);
        Operations(changes).ShouldBe(["put apps/shop at 0", "put weights/shop at 0", "put state/shop at 0", History]);
        Read<Weights>(changes, "weights/shop").Green.ShouldBe(10);
        // Named, so that nobody takes them for written by hand.
        Read<Weights>(changes, "weights/shop").Change.ShouldBe(Some.Note.Id);
        Read<AppState>(changes, "state/shop").ShouldBe(Some.State with { Lock = Some.Lock(Colour.Green) });
    }

    [Fact]
    public void Deleting_leaves_a_tombstone_and_loses_against_a_state_that_changed()
    {
        var changes = TrafficChanges.Delete(Shop, Some.Definition, Some.Note);
        Operations(changes).ShouldBe(["put apps/shop at 3", "unchanged state/shop at 4", History]);
        JsonSerializer.Deserialize<JsonElement>(((Change.Put)changes.Changes[0]).Value).GetProperty("deleted").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void A_shift_is_one_CAS_with_its_history_and_loses_against_a_lock()
    {
        var changes = TrafficChanges.Shift(Shop, Some.Weights(50, 50), Some.Note);
        Operations(changes).ShouldBe(["put weights/shop at 5", "unchanged apps/shop at 3", "unchanged state/shop at 4", History]);
        Read<Weights>(changes, "weights/shop").Change.ShouldBe(Some.Note.Id);
        Entry(changes).Sentence.ShouldBe("blue 90% / green 10% → blue 50% / green 50% by anna");
        (Entry(changes).Reason, Entry(changes).At).ShouldBe(("release 42", Some.Noon));
    }

    [Fact]
    public void A_shift_over_a_broken_value_expects_the_broken_value_s_index_and_keeps_unknown_fields()
    {
        var known = Some.Snapshot(Some.Definition.At(3), Some.State.At(4), new Entry("weights/shop", """{"blue":90,"green":10,"note":"x"}""", 5))
            .With([("weights/shop", new Entry("weights/shop", "oops", 9))], 9).Find(Some.Shop);
        var changes = TrafficChanges.Shift(known, Some.Weights(50, 50), Some.Note);
        Operations(changes)[0].ShouldBe("put weights/shop at 9");
        Read<Weights>(changes, "weights/shop").UnknownFields!["note"].GetString().ShouldBe("x");
    }

    [Fact]
    public void An_emergency_rollback_brings_back_nothing_that_was_written_meanwhile()
    {
        var changes = TrafficChanges.RollBack(Shop, Colour.Blue, force: true, Some.Note with { Reason = null }, sever: true);
        Operations(changes).ShouldBe([$"put state/shop at {Shop.State.LatestIndex}", History]);
        Read<AppState>(changes, "state/shop").Lock.ShouldBe(new TrafficLock { To = Colour.Blue, By = "anna", Reason = "emergency rollback", At = Some.Noon, Force = true, Sever = true });
    }

    [Fact]
    public void An_emergency_rollback_works_without_any_state() =>
        Read<AppState>(TrafficChanges.RollBack(new AppTraffic(Some.Shop), Colour.Green, force: false, Some.Note), "state/shop").Stable.ShouldBe(Colour.Green);

    [Fact]
    public void A_rollback_of_all_is_one_write_with_its_history_over_the_one_that_is_known() =>
        Operations(TrafficChanges.RollBackAll(Known<FleetRollback>.Nothing, Some.Rollback(RollbackTarget.Stable), Some.Note)).ShouldBe(["put control/rollback at 0", $"unchanged history/-/override-{Some.Note.Id} at 0", "set history/-/01JD2X3Y4Z5A6B7C8D9E0F1G2H"]);

    [Fact]
    public void Unlocking_leaves_all_traffic_on_the_stable_colour()
    {
        var locked = Some.State with { Stable = Colour.Green, Lock = Some.Lock(Colour.Blue) };
        var changes = TrafficChanges.Unlock(Known(Some.Definition.At(3), locked.At(4), Some.Weights(90, 10).At(5)), locked, Some.Note);
        Operations(changes).ShouldBe(["put state/shop at 4", "put weights/shop at 5", History]);
        Read<AppState>(changes, "state/shop").Lock.ShouldBeNull();
        (Read<Weights>(changes, "weights/shop").Blue, Read<Weights>(changes, "weights/shop").Green).ShouldBe((0, 100));
    }

    [Fact]
    public void A_sweep_writes_the_lock_that_a_rollback_of_all_means()
    {
        var snapshot = Some.Snapshot(Some.Definition.At(3), Some.State.At(4), Some.Weights(90, 10).At(5), Some.Rollback(RollbackTarget.Stable).At(7));
        var changes = new ChangeSet([.. TrafficChanges.Sweep(snapshot.Find(Some.Shop), snapshot.Fleet, () => "ID", Some.Noon)!]);
        Operations(changes).ShouldBe(["put state/shop at 4", "set history/shop/ID"]);
        Read<AppState>(changes, "state/shop").Lock.ShouldBe(new TrafficLock { To = Colour.Blue, By = "carl", Reason = "outage", At = Some.Noon });
        var swept = snapshot.With([("state/shop", new Entry("state/shop", ((Change.Put)changes.Changes[0]).Value, 8))], 8);
        swept.Where().ShouldBe("green 0% by Lock");
        TrafficChanges.Sweep(swept.Find(Some.Shop), swept.Fleet, () => "ID", Some.Noon).ShouldBeNull();
    }

    [Fact]
    public void A_sweep_passes_over_a_state_that_had_taken_the_rollback_in_before_the_store_took_it()
    {
        // Given to the agents past a slow store and recorded at index 6; what was given to the store first is written at last, as index 7.
        var rollback = Some.Rollback(RollbackTarget.Stable) with { Id = "01M80S85JV5P93NRA1SM13Z5MQ" };
        var given = new TrafficOverride { Id = rollback.Id, To = rollback.To, By = rollback.By, Reason = rollback.Reason, At = rollback.At, Node = "hap1" };
        var state = (Change.Put)TrafficChanges.Record(Known(Some.Definition.At(3), Some.State.At(4), Some.Weights(90, 10).At(5)), null, given)!.Changes[0];
        var snapshot = Some.Snapshot(Some.Definition.At(3), new Entry("state/shop", state.Value, 6), Some.Weights(90, 10).At(5), rollback.At(7));

        TrafficChanges.Sweep(snapshot.Find(Some.Shop), snapshot.Fleet, () => "ID", Some.Noon).ShouldBeNull();
        snapshot.Where().ShouldBe("green 0% by Lock");
        // Whoever waits for the rollback waits for its index.
        snapshot.Find(Some.Shop).DesiredIndex(snapshot.Fleet).ShouldBe(7ul);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("01M80T59KSSVGGR6EBT6JKZ3ZV", false)]
    [InlineData("01M80T5BJRSKYYJBS61VQ7SBEN", true)]
    public void An_override_that_a_later_rollback_overtook_is_noted_once_if_the_history_does_not_tell_of_it(string? taken, bool isNoted)
    {
        var given = new TrafficOverride { Id = "01M80T59KSSVGGR6EBT6JKZ3ZV", App = Some.Shop, To = RollbackTarget.Stable, By = "carl", Reason = "outage", At = Some.Noon, Node = "hap1" };
        var shop = Known(Some.Definition.At(3), (Some.State with { OverrideAck = taken }).At(4), Some.Weights(90, 10).At(5));

        var changes = TrafficChanges.NoteOvertaken(shop, null, given);

        (changes is not null).ShouldBe(isNoted);
        if (changes is null) return;
        TrafficChanges.Record(shop, null, given).ShouldBeNull();
        Operations(changes).ShouldBe(["put history/shop/override-01M80T59KSSVGGR6EBT6JKZ3ZV at 0", "unchanged history/shop/01M80T59KSSVGGR6EBT6JKZ3ZV at 0"]);
        (Entry(changes).Kind, Entry(changes).By, Entry(changes).Reason).ShouldBe(("app.rolledBack", "carl", "outage"));
        TrafficChanges.NoteOvertaken(shop, null, given with { App = AppName.Parse("cart") }).ShouldBeNull();
    }

    [Fact]
    public void A_sweep_passes_over_what_was_written_after_the_rollback()
    {
        var snapshot = Some.Snapshot(Some.Definition.At(3), Some.State.At(9), Some.Weights(90, 10).At(4), Some.Rollback(RollbackTarget.Stable).At(7));
        TrafficChanges.Sweep(snapshot.Find(Some.Shop), snapshot.Fleet, () => "ID", Some.Noon).ShouldBeNull();
    }

    [Fact]
    public void A_hand_edit_is_noted_once_under_the_index_of_its_write()
    {
        var after = Known(Some.Definition.At(3), Some.State.At(4), Some.Weights(50, 50).At(9));
        var changes = TrafficChanges.NoteHandEdit(Shop, after, Some.Noon);
        Operations(changes).ShouldBe(["put history/shop/hand-00000000000000000009 at 0"]);
        Entry(changes).Sentence.ShouldBe("blue 90% / green 10% → blue 50% / green 50% by hand in the store");
        (Entry(changes).Kind, Entry(changes).By).ShouldBe(("weights.setByHand", "hand"));
    }

    [Fact]
    public void A_hand_edit_under_a_lock_says_that_it_is_not_applied() =>
        Entry(TrafficChanges.NoteHandEdit(Shop, Known(Some.Definition.At(3), (Some.State with { Lock = Some.Lock(Colour.Blue) }).At(4), (Some.Weights(50, 50) with { By = "dora" }).At(9)), Some.Noon))
            .ShouldSatisfyAllConditions(
                e => e.By.ShouldBe("dora"),
                e => e.Sentence.ShouldBe("blue 90% / green 10% → blue 50% / green 50% by hand in the store; not applied, all traffic is locked to blue"));

    [Fact]
    public void A_broken_hand_edit_says_that_it_is_ignored()
    {
        var after = Some.Snapshot(Some.Definition.At(3), Some.State.At(4), Some.Weights(90, 10).At(5)).With([("weights/shop", new Entry("weights/shop", "{\"blue\":-1,\"green\":1}", 9))], 9).Find(Some.Shop);
        var entry = Entry(TrafficChanges.NoteHandEdit(Shop, after, Some.Noon));
        entry.Sentence.ShouldBe("weights/shop is not valid: blue: a weight is 0 to 1000000, not -1: written by hand and ignored; the last valid weights stay");
        entry.After.ShouldBeNull();
    }

    [Fact]
    public void No_change_by_a_person_fills_a_transaction()
    {
        ChangeSet[] all =
        [
            TrafficChanges.Save(new AppTraffic(Some.Shop), Some.Definition, Colour.Blue, Some.Note), TrafficChanges.Delete(Shop, Some.Definition, Some.Note),
            TrafficChanges.Shift(Shop, Some.Weights(1, 1), Some.Note), TrafficChanges.RollBack(Shop, Colour.Blue, false, Some.Note),
            TrafficChanges.RollBackAll(Known<FleetRollback>.Nothing, Some.Rollback(RollbackTarget.Blue), Some.Note), TrafficChanges.Unlock(Shop, Some.State, Some.Note), TrafficChanges.NoteHandEdit(Shop, Shop, Some.Noon),
        ];
        // The feed entry and the fence come on top.
        all.ShouldAllBe(c => c.Operations + 2 <= ChangeSet.MaxOperations);
        all.ShouldAllBe(c => c.Changes.Select(x => x.Key).Distinct().Count() == c.Changes.Count);
    }

    private static AppTraffic Known(params Entry[] entries) => Some.Snapshot(entries).Find(Some.Shop);

    private static List<string> Operations(ChangeSet changes) => [.. changes.Changes.Select(c => c switch
    {
        Change.Put put => string.Create(CultureInfo.InvariantCulture, $"put {put.Key} at {put.Expected}"),
        Change.Unchanged same => string.Create(CultureInfo.InvariantCulture, $"unchanged {same.Key} at {same.Expected}"),
        Change.Set set => $"set {set.Key}",
        _ => c.ToString(),
    })];

    private static T Read<T>(ChangeSet changes, string key)
        where T : Document => Reading.Of<T>(new Entry(key, ValueOf(changes.Changes.Single(c => c.Key == key)), 1)).Find().ShouldNotBeNull();

    private static HistoryEntry Entry(ChangeSet changes)
    {
        var key = changes.Changes.Single(c => c is not Change.Unchanged && c.Key.StartsWith(Keys.History, StringComparison.Ordinal)).Key;
        return Read<HistoryEntry>(changes, key);
    }

    private static string ValueOf(Change change) => change switch { Change.Put put => put.Value, Change.Set set => set.Value, _ => "" };
}
