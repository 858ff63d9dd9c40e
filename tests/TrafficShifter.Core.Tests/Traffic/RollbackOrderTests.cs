using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>Of several rollbacks the one that was given last holds, whichever way each of them went and in whichever order the store took them.</summary>
public sealed class RollbackOrderTests
{
    private const string Earlier = "01M80T59KSSVGGR6EBT6JKZ3ZV";
    private const string Later = "01M80T5BJRSKYYJBS61VQ7SBEN";

    [Theory]
    [InlineData("01M80T59KSSVGGR6EBT6JKZ3ZV", "green 100% by Override")]
    [InlineData("01M80T5BJRSKYYJBS61VQ7SBEN", "green 0% by FleetRollback")]
    [InlineData(null, "green 100% by Override")]
    [InlineData("written by hand", "green 100% by Override")]
    public void A_rollback_of_all_beats_an_override_that_was_given_before_it(string? id, string where)
    {
        var given = new TrafficOverride { Id = "01M80T59KSSVGGR6EBT6JKZ3ZV", To = RollbackTarget.Green, By = "carl", Reason = "outage", At = Some.Noon, Node = "hap1" };
        var fleet = Some.Rollback(RollbackTarget.Blue) with { Id = id };
        var snapshot = Some.Snapshot(Some.Definition.At(3), Some.State.At(4), Some.Weights(90, 10).At(5), fleet.At(7)).WithOverrides([given]);
        var shop = snapshot.Find(Some.Shop);

        snapshot.Where().ShouldBe(where);

        var isBeaten = where.EndsWith("FleetRollback", StringComparison.Ordinal);
        (TrafficChanges.Record(shop, fleet, given) is null).ShouldBe(isBeaten, "what does not hold is no lock");
        (TrafficChanges.NoteOvertaken(shop, fleet, given with { App = Some.Shop }) is not null).ShouldBe(isBeaten);
        TrafficChanges.NoteOvertaken(shop, fleet, given).ShouldBeNull("one of all is told once for all of them");
        if (TrafficChanges.NoteAllOvertaken(fleet, given, [shop]) is { } noted)
        {
            noted.Changes.Select(c => (c.GetType().Name, c.Key)).ShouldBe([("Put", "history/-/override-01M80T59KSSVGGR6EBT6JKZ3ZV"), ("Unchanged", "history/-/01M80T59KSSVGGR6EBT6JKZ3ZV")]);
        }
        else isBeaten.ShouldBeFalse();
    }

    [Theory]
    [InlineData(Later, Later, true)]
    [InlineData(Later, Earlier, false)]
    [InlineData(Later, null, false)]
    public void An_override_of_all_that_a_later_one_past_the_store_overtook_everywhere_is_told_though_it_is_reported_after_that(string shop, string? cart, bool isTold)
    {
        var given = new TrafficOverride { Id = Earlier, To = RollbackTarget.Green, By = "carl", Reason = "outage", At = Some.Noon, Node = "hap2" };
        AppTraffic[] apps = [.. new[] { shop, cart }.Select(taken => Some.Snapshot(Some.Definition.At(3), (Some.State with { OverrideAck = taken }).At(4)).Find(Some.Shop))];

        (TrafficChanges.NoteAllOvertaken(null, given, apps) is not null).ShouldBe(isTold);
        TrafficChanges.NoteAllOvertaken(null, given with { App = Some.Shop }, apps).ShouldBeNull("of one application its own history tells");
    }

    [Theory]
    [InlineData(Later, 20, Earlier, 15, "green 0% by Lock")]
    [InlineData(Earlier, 20, Later, 15, "green 100% by FleetRollback")]
    [InlineData(Later, 20, Later, 15, "green 100% by FleetRollback")]
    // Whoever gave it knew of this state: its id would be the higher one but for a hand in the store.
    [InlineData(Later, 20, Earlier, 20, "green 100% by FleetRollback")]
    // Whoever gave it knew nothing: only the index tells.
    [InlineData(Later, 20, Earlier, 0, "green 100% by FleetRollback")]
    [InlineData(Later, 20, null, 15, "green 100% by FleetRollback")]
    [InlineData(Later, 20, "written by hand", 15, "green 100% by FleetRollback")]
    [InlineData(null, 20, Earlier, 15, "green 100% by FleetRollback")]
    public void A_rollback_of_all_that_a_slow_store_takes_late_does_not_undo_what_was_given_after_it(string? taken, ulong index, string? given, ulong known, string where)
    {
        var state = Some.State with { Lock = Some.Lock(Colour.Blue), OverrideAck = taken };
        var fleet = Some.Rollback(RollbackTarget.Green) with { Id = given, KnownIndex = known };
        var snapshot = Some.Snapshot(Some.Definition.At(3), state.At(index), Some.Weights(90, 10).At(5), fleet.At(30));

        snapshot.Where().ShouldBe(where);

        var swept = TrafficChanges.Sweep(snapshot.Find(Some.Shop), snapshot.Fleet, () => "ID", Some.Noon).ShouldNotBeNull("either way the state becomes newer than the rollback: others go by the index alone");
        var after = Written(swept);
        var isPassedOver = where.EndsWith("Lock", StringComparison.Ordinal);
        (after.Lock!.To, after.PassedOver).ShouldBe(isPassedOver ? (Colour.Blue, given) : (Colour.Green, null));
        JsonSerializer.Deserialize<HistoryEntry>(((Change.Set)swept[1]).Value, DocumentJson.Options)!.Sentence.ShouldBe(isPassedOver
            ? $"rollback of all applications (index 30): given by {fleet.By} before, and taken late by the store: what was given later, a rollback of the application or its unlock, holds"
            : $"rollback of all applications (index 30): all traffic locked to green by {fleet.By}");
        Some.Snapshot(Some.Definition.At(3), after.At(31), Some.Weights(90, 10).At(5), fleet.At(30)).Where().ShouldStartWith(isPassedOver ? "green 0%" : "green 100%");
    }

    [Fact]
    public void An_unlock_that_was_written_meanwhile_holds_too()
    {
        var fleet = Some.Rollback(RollbackTarget.Green) with { Id = Earlier, KnownIndex = 15 };
        var snapshot = Some.Snapshot(Some.Definition.At(3), (Some.State with { OverrideAck = Later }).At(20), Some.Weights(90, 10).At(21), fleet.At(30));
        snapshot.Where().ShouldBe("green 10% by Weights");
    }

    [Fact]
    public void Who_frees_an_application_of_a_rollout_that_is_gone_takes_a_rollback_of_all_in()
    {
        var snapshot = Some.Snapshot(Some.Definition.At(3), (Some.State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h" }).At(4), Some.Weights(90, 10).At(5), (Some.Rollback(RollbackTarget.Blue) with { Id = Later }).At(7));

        var after = Written(TrafficChanges.Release(snapshot.Find(Some.Shop), snapshot.Fleet, "its document is not there", Some.Note).ShouldNotBeNull().Changes);

        (after.Rollout, after.Lock?.To, after.OverrideAck).ShouldBe((null, Colour.Blue, Later));
    }

    [Fact]
    public void A_wiped_store_does_not_bring_an_overtaken_override_back()
    {
        var given = new TrafficOverride { Id = Earlier, To = RollbackTarget.Green, By = "carl", Reason = "outage", At = Some.Noon, Node = "hap1" };
        var before = Some.Snapshot(Some.Definition.At(13), Some.State.At(14), Some.Weights(90, 10).At(15), (Some.Rollback(RollbackTarget.Blue) with { Id = Later }).At(17));

        before.WithAll([], 2).WithOverrides([given]).Where().ShouldBe("green 0% by Lock");
    }

    private static AppState Written(IReadOnlyList<Change> changes) => JsonSerializer.Deserialize<AppState>(changes.OfType<Change.Put>().Single(c => c.Key == "state/shop").Value, DocumentJson.Options)!;
}
