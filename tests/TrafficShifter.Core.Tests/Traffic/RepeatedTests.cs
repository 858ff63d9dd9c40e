using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>What many documents say alike is kept once, and says the same as before.</summary>
public sealed class RepeatedTests
{
    [Fact]
    public void What_two_applications_have_in_common_is_one_object()
    {
        var snapshot = TrafficSnapshot.Empty.WithAll([.. Documents("shop"), .. Documents("pay")], 7);
        var (shop, pay) = (snapshot.Find(AppName.Parse("shop")), snapshot.Find(AppName.Parse("pay")));

        pay.State.Value.ShouldBeSameAs(shop.State.Value);
        pay.Weights.Value!.By.ShouldBeSameAs(shop.Weights.Value!.By);
        pay.Weights.Value!.Reason.ShouldBeSameAs(shop.Weights.Value!.Reason);
        pay.Definition.Value!.Owners.ShouldBeSameAs(shop.Definition.Value!.Owners);
        pay.Definition.Value!.Routing.Blue.ShouldBeSameAs(shop.Definition.Value!.Routing.Blue);
    }

    [Fact]
    public void Each_says_what_its_documents_say()
    {
        Entry[] entries = [.. Enumerable.Range(0, 5_000).SelectMany(n => Documents($"app-{n}", owner: $"team-{n % 3000}", reason: $"release {n}", stable: n % 2 == 0 ? "blue" : "green"))];

        var snapshot = TrafficSnapshot.Empty.WithAll(entries, 7);

        snapshot.ToEntries().Select(e => (e.Key, e.Value)).ShouldBe(entries.Select(e => (e.Key, e.Value)), ignoreOrder: true);
    }

    [Fact]
    public void An_object_that_is_shared_has_its_own_index_in_each_application()
    {
        var before = TrafficSnapshot.Empty.WithAll(Documents("shop"), 7);
        var state = before.ToEntries().Single(e => e.Key == "state/shop");

        var after = before.With([(state.Key, state with { ModifyIndex = 9 })], 9);

        after.Find(AppName.Parse("shop")).State.ShouldBe(before.Find(AppName.Parse("shop")).State with { ModifyIndex = 9, LatestIndex = 9 });
        after.ToEntriesSince(before, [AppName.Parse("shop")]).ShouldHaveSingleItem().ModifyIndex.ShouldBe(9UL, "what is kept on a disk is written again");
    }

    private static Entry[] Documents(string app, string owner = "team-1", string reason = "release 42", string stable = "blue") =>
    [
        new($"apps/{app}", $$$"""{"name":"{{{app}}}","hosts":[],"owners":["{{{owner}}}","people"],"routing":{"kind":"weights","backend":"{{{app}}}","blue":{"prefix":"blue"},"green":{"prefix":"green"}},"schema":1}""", 5),
        new($"weights/{app}", $$"""{"blue":90,"green":10,"by":"anna","reason":"{{reason}}","schema":1}""", 5),
        new($"state/{app}", $$"""{"stable":"{{stable}}","schema":1}""", 5),
    ];
}
