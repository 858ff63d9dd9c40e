using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>Writers write into their slots, a follower looks whenever it likes.</summary>
public sealed class FeedProperties
{
    private static readonly Gen<FeedAct> Acts = Gen.Frequency(
        (6, Gen.Elements<FeedAct>(new FeedAct.Write("a"), new FeedAct.Write("b"))),
        (1, Gen.Elements<FeedAct>(new FeedAct.Fail("a"), new FeedAct.Fail("b"))),
        (1, Gen.Elements<FeedAct>(new FeedAct.Lose("a"), new FeedAct.Lose("b"))),
        (2, Gen.Elements<FeedAct>(new FeedAct.Begin("a"), new FeedAct.Begin("b"))),
        (2, Gen.Elements<FeedAct>(new FeedAct.End("a"), new FeedAct.End("b"))),
        (1, Gen.Elements<FeedAct>(new FeedAct.Restart("a"))),
        (1, Gen.Choose(1, 12 * FeedEntry.Slots).Select(n => (FeedAct)new FeedAct.Burst("b", n))),
        (4, Gen.Constant<FeedAct>(new FeedAct.Look())));

    [Fact]
    public void A_follower_sees_every_changed_key_or_is_told_to_read_all() =>
        Prop.ForAll(Acts.ListOf().ToArbitrary(), acts =>
        {
            var store = new FeedStore();
            var unseen = new HashSet<string>();
            var position = FeedPosition.Start.Read(store.Listing).Position;
            foreach (var act in acts.Append(new FeedAct.Look()))
            {
                if (act is not FeedAct.Look)
                {
                    unseen.UnionWith(store.Apply(act));
                    continue;
                }
                var news = position.Read(store.Listing);
                if (!news.MustReadAll) news.Keys.ShouldBeSubsetOf(store.Written);
                if (!news.MustReadAll) unseen.ShouldBeSubsetOf(news.Keys);
                foreach (var (key, index) in news.Written) store.At[key].ShouldBe(index, key);
                unseen.Clear();
                position = news.Position;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void A_follower_that_keeps_up_is_never_told_to_read_all()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        for (var i = 0; i < 100; i++)
        {
            var keys = store.Apply(new FeedAct.Burst("a", 1 + i * 7 % (FeedEntry.Slots * (1 + FeedSlot.MostBefore))));
            var news = position.Read(store.Listing);
            news.MustReadAll.ShouldBeFalse();
            news.Keys.ShouldBe(keys, ignoreOrder: true);
            position = news.Position;
        }
    }

    [Fact]
    public void A_follower_that_missed_more_than_is_told_is_told_to_read_all()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Burst("a", FeedEntry.Slots));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        store.Apply(new FeedAct.Burst("a", FeedEntry.Slots * (1 + FeedSlot.MostBefore) + 1));
        position.Read(store.Listing).MustReadAll.ShouldBeTrue();
    }

    [Fact]
    public void A_change_that_lost_its_race_costs_nobody_a_full_read()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Burst("a", FeedEntry.Slots));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        for (var i = 0; i < FeedEntry.Slots; i++) store.Apply(new FeedAct.Fail("a"));
        var keys = store.Apply(new FeedAct.Burst("a", FeedEntry.Slots));
        var news = position.Read(store.Listing);
        news.MustReadAll.ShouldBeFalse();
        news.Keys.ShouldBe(keys, ignoreOrder: true);
    }

    [Fact]
    public void A_change_that_was_overtaken_and_then_covered_is_missed_by_nobody()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Begin("a"));
        store.Apply(new FeedAct.Burst("a", FeedEntry.Slots - 1));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        // The first change arrives at last, and the ninth takes its slot before anybody looks.
        IReadOnlyCollection<string> keys = [.. store.Apply(new FeedAct.End("a")), .. store.Apply(new FeedAct.Write("a"))];
        var news = position.Read(store.Listing);
        news.MustReadAll.ShouldBeFalse();
        news.Keys.ShouldBe(keys, ignoreOrder: true);
    }

    [Fact]
    public void A_slot_names_few_keys_of_changes_before()
    {
        IReadOnlyList<string> many = [.. Enumerable.Range(0, FeedSlot.MostKeys / 2 + 1).Select(n => $"weights/app{n}")];
        var slot = FeedSlot.Begin("a", 1_000, 3).After(many).After(["weights/shop"]).After(many);
        var told = Reading.Of<FeedEntry>(new Entry("feed/a/3", ((Change.Set)slot.Tell(["state/shop"])).Value, 1)).Find()!;
        (told.Number, told.Keys.Single()).ShouldBe((1_003 + 3 * FeedEntry.Slots, "state/shop"));
        told.Before!.Select(b => b.Count).ShouldBe([many.Count, 1]);
    }

    [Fact]
    public void Where_a_key_was_written_last_is_told_only_when_it_is_certain()
    {
        var (a, b) = (FeedSlot.Begin("a", 1_000, 1), FeedSlot.Begin("b", 5_000, 2));
        var position = FeedPosition.Start.Read(Listing(11, (a, "weights/shop", 10), (b, "weights/shop", 11))).Position;
        (a, b) = (a.After(["weights/shop"]), b.After(["weights/shop"]));

        // One slot says it of its last change; the newer of two counts.
        position.Read(Listing(12, (a, "weights/cart", 12), (b, "weights/shop", 11))).Written.ShouldBe(new Dictionary<string, ulong> { ["weights/cart"] = 12 });
        position.Read(Listing(13, (a, "weights/cart", 12), (b, "weights/cart", 13))).Written.ShouldBe(new Dictionary<string, ulong> { ["weights/cart"] = 13 });

        // A change before the last was at some index in between.
        var (cart, two) = (a.After(["weights/cart"]), b);
        var news = position.Read(Listing(15, (cart, "weights/hats", 14), (two, "weights/cart", 15)));
        news.Keys.ShouldBe(["weights/hats", "weights/cart"], ignoreOrder: true);
        news.Written.ShouldBe(new Dictionary<string, ulong> { ["weights/hats"] = 14 });

        static Listing Listing(ulong index, params (FeedSlot Slot, string Key, ulong Index)[] slots) => new(
            [.. slots.Select(s => ((Change.Set)s.Slot.Tell([s.Key]), s.Index)).Select(s => new Entry(s.Item1.Key, s.Item1.Value, s.Index))], index);
    }

    [Fact]
    public void The_first_look_reads_all() => FeedPosition.Start.Read(new Listing([], 5)).MustReadAll.ShouldBeTrue();

    [Fact]
    public void Nothing_new_is_no_news()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        var news = position.Read(store.Listing);
        (news.MustReadAll, news.Keys.Count).ShouldBe((false, 0));
    }

    [Fact]
    public void A_writer_not_seen_before_means_reading_all()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        store.Apply(new FeedAct.Write("b"));
        position.Read(store.Listing).MustReadAll.ShouldBeTrue();
    }

    [Fact]
    public void An_index_that_went_backwards_means_reading_all()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Burst("a", 5));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        position.Read(new Listing([], 2)).MustReadAll.ShouldBeTrue();
    }

    [Fact]
    public void A_slot_that_cannot_be_read_means_reading_all()
    {
        var store = new FeedStore();
        store.Apply(new FeedAct.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        var index = store.Listing.Index + 1;
        position.Read(new Listing([.. store.Listing.Entries, new Entry("feed/a/7", "broken", index)], index)).MustReadAll.ShouldBeTrue();
    }
}
