using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>A model of the store's feed: writers write into their slots, a follower looks whenever it likes.</summary>
public sealed class FeedProperties
{
    private static readonly Gen<Act> Acts = Gen.Frequency(
        (6, Gen.Elements<Act>(new Act.Write("a"), new Act.Write("b"))),
        (1, Gen.Elements<Act>(new Act.Fail("a"), new Act.Fail("b"))),
        (1, Gen.Elements<Act>(new Act.Lose("a"), new Act.Lose("b"))),
        (2, Gen.Elements<Act>(new Act.Begin("a"), new Act.Begin("b"))),
        (2, Gen.Elements<Act>(new Act.End("a"), new Act.End("b"))),
        (1, Gen.Elements<Act>(new Act.Restart("a"))),
        (1, Gen.Choose(1, 12 * FeedEntry.Slots).Select(n => (Act)new Act.Burst("b", n))),
        (4, Gen.Constant<Act>(new Act.Look())));

    [Fact]
    public void A_follower_sees_every_changed_key_or_is_told_to_read_all() =>
        Prop.ForAll(Acts.ListOf().ToArbitrary(), acts =>
        {
            var store = new Store();
            var unseen = new HashSet<string>();
            var position = FeedPosition.Start.Read(store.Listing).Position;
            foreach (var act in acts.Append(new Act.Look()))
            {
                if (act is not Act.Look)
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
        var store = new Store();
        store.Apply(new Act.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        for (var i = 0; i < 100; i++)
        {
            var keys = store.Apply(new Act.Burst("a", 1 + i * 7 % (FeedEntry.Slots * (1 + FeedSlot.MostBefore))));
            var news = position.Read(store.Listing);
            news.MustReadAll.ShouldBeFalse();
            news.Keys.ShouldBe(keys, ignoreOrder: true);
            position = news.Position;
        }
    }

    [Fact]
    public void A_follower_that_missed_more_than_is_told_is_told_to_read_all()
    {
        var store = new Store();
        store.Apply(new Act.Burst("a", FeedEntry.Slots));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        store.Apply(new Act.Burst("a", FeedEntry.Slots * (1 + FeedSlot.MostBefore) + 1));
        position.Read(store.Listing).MustReadAll.ShouldBeTrue();
    }

    [Fact]
    public void A_change_that_lost_its_race_costs_nobody_a_full_read()
    {
        var store = new Store();
        store.Apply(new Act.Burst("a", FeedEntry.Slots));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        for (var i = 0; i < FeedEntry.Slots; i++) store.Apply(new Act.Fail("a"));
        var keys = store.Apply(new Act.Burst("a", FeedEntry.Slots));
        var news = position.Read(store.Listing);
        news.MustReadAll.ShouldBeFalse();
        news.Keys.ShouldBe(keys, ignoreOrder: true);
    }

    [Fact]
    public void A_change_that_was_overtaken_and_then_covered_is_missed_by_nobody()
    {
        var store = new Store();
        store.Apply(new Act.Begin("a"));
        store.Apply(new Act.Burst("a", FeedEntry.Slots - 1));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        // The first change arrives at last, and the ninth takes its slot before anybody looks.
        IReadOnlyCollection<string> keys = [.. store.Apply(new Act.End("a")), .. store.Apply(new Act.Write("a"))];
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
        var store = new Store();
        store.Apply(new Act.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        var news = position.Read(store.Listing);
        (news.MustReadAll, news.Keys.Count).ShouldBe((false, 0));
    }

    [Fact]
    public void A_writer_not_seen_before_means_reading_all()
    {
        var store = new Store();
        store.Apply(new Act.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        store.Apply(new Act.Write("b"));
        position.Read(store.Listing).MustReadAll.ShouldBeTrue();
    }

    [Fact]
    public void An_index_that_went_backwards_means_reading_all()
    {
        var store = new Store();
        store.Apply(new Act.Burst("a", 5));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        position.Read(new Listing([], 2)).MustReadAll.ShouldBeTrue();
    }

    [Fact]
    public void A_slot_that_cannot_be_read_means_reading_all()
    {
        var store = new Store();
        store.Apply(new Act.Write("a"));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        var index = store.Listing.Index + 1;
        position.Read(new Listing([.. store.Listing.Entries, new Entry("feed/a/7", "broken", index)], index)).MustReadAll.ShouldBeTrue();
    }

    private abstract record Act
    {
        public sealed record Write(string Writer) : Act;

        /// <summary>A transaction that loses its race: nothing is written, for certain.</summary>
        public sealed record Fail(string Writer) : Act;

        /// <summary>A transaction without an answer, which was not written: its writer must take it for written.</summary>
        public sealed record Lose(string Writer) : Act;

        /// <summary>A transaction is sent and takes its time: later ones overtake it.</summary>
        public sealed record Begin(string Writer) : Act;

        /// <summary>The oldest transaction that was begun arrives.</summary>
        public sealed record End(string Writer) : Act;

        /// <summary>The writer's process starts again: it counts on from far above.</summary>
        public sealed record Restart(string Writer) : Act;

        public sealed record Burst(string Writer, int Count) : Act;

        public sealed record Look : Act;
    }

    private sealed class Store
    {
        private readonly Dictionary<string, Entry> _slots = [];
        private readonly Dictionary<string, Writer> _writers = new() { ["a"] = new Writer("a", 1_000), ["b"] = new Writer("b", 5_003) };
        private readonly List<(Writer Writer, int Slot)> _begun = [];
        private ulong _index = 1;
        private int _changes;

        public Listing Listing => new([.. _slots.Values.OrderBy(e => e.Key, StringComparer.Ordinal)], _index);

        public HashSet<string> Written { get; } = [];

        /// <summary>Index of each key that was written.</summary>
        public Dictionary<string, ulong> At { get; } = [];

        /// <summary>Returns the keys that were changed.</summary>
        public IReadOnlyCollection<string> Apply(Act act)
        {
            switch (act)
            {
                case Act.Write write:
                    return Commit(_writers[write.Writer]);
                case Act.Burst burst:
                    return [.. Enumerable.Range(0, burst.Count).SelectMany(_ => Commit(_writers[burst.Writer]))];
                case Act.Fail fail:
                    return Free(_writers[fail.Writer], _writers[fail.Writer].TakeSlot());
                case Act.Lose lose:
                    return Lose(_writers[lose.Writer]);
                case Act.Begin begin:
                    var (writer, slot) = (_writers[begin.Writer], _writers[begin.Writer].TakeSlot());
                    var freed = Free(writer, slot);
                    _begun.Add((writer, slot));
                    return freed;
                case Act.End end:
                    var at = _begun.FindIndex(b => b.Writer == _writers[end.Writer]);
                    return at < 0 ? [] : [Arrive(at)];
                case Act.Restart restart:
                    _begun.RemoveAll(b => b.Writer == _writers[restart.Writer]);
                    _writers[restart.Writer] = new Writer(restart.Writer, _writers[restart.Writer].First + 10_000);
                    return [];
                default:
                    return [];
            }
        }

        private IReadOnlyCollection<string> Commit(Writer writer)
        {
            var slot = writer.TakeSlot();
            return [.. Free(writer, slot), Write(writer, slot)];
        }

        private IReadOnlyCollection<string> Lose(Writer writer)
        {
            var slot = writer.TakeSlot();
            var freed = Free(writer, slot);
            writer.Slots[slot] = writer.Slots[slot].After([NextKey(writer)]);
            return freed;
        }

        /// <summary>A slot is written again only after its last writing ended, as the service's writer does it.</summary>
        private IReadOnlyCollection<string> Free(Writer writer, int slot)
        {
            var waitedFor = _begun.FindIndex(b => b.Writer == writer && b.Slot == slot);
            return waitedFor < 0 ? [] : [Arrive(waitedFor)];
        }

        private string Arrive(int at)
        {
            var (writer, slot) = _begun[at];
            _begun.RemoveAt(at);
            return Write(writer, slot);
        }

        private string Write(Writer writer, int slot)
        {
            var key = NextKey(writer);
            var told = (Change.Set)writer.Slots[slot].Tell([key]);
            writer.Slots[slot] = writer.Slots[slot].After([key]);
            _slots[told.Key] = new Entry(told.Key, told.Value, At[key] = ++_index);
            return key;
        }

        private string NextKey(Writer writer)
        {
            var key = $"weights/{writer.Name}-{++_changes}";
            Written.Add(key);
            return key;
        }
    }

    private sealed class Writer(string name, long first)
    {
        private int _sent;

        public string Name => name;

        public long First => first;

        public FeedSlot[] Slots { get; } = [.. Enumerable.Range(0, FeedEntry.Slots).Select(n => FeedSlot.Begin(name, first, n))];

        public int TakeSlot() => _sent = (_sent + 1) % FeedEntry.Slots;
    }
}
