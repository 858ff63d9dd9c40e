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
        (2, Gen.Elements<Act>(new Act.Begin("a"), new Act.Begin("b"))),
        (2, Gen.Elements<Act>(new Act.End("a"), new Act.End("b"))),
        (1, Gen.Elements<Act>(new Act.Restart("a"))),
        (1, Gen.Choose(1, 3 * FeedEntry.Slots).Select(n => (Act)new Act.Burst("b", n))),
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
            var keys = store.Apply(new Act.Burst("a", 1 + (i % FeedEntry.Slots)));
            var news = position.Read(store.Listing);
            news.MustReadAll.ShouldBeFalse();
            news.Keys.ShouldBe(keys, ignoreOrder: true);
            position = news.Position;
        }
    }

    [Fact]
    public void A_change_that_was_overtaken_and_then_covered_is_missed_by_nobody()
    {
        var store = new Store();
        store.Apply(new Act.Begin("a"));
        store.Apply(new Act.Burst("a", FeedEntry.Slots - 1));
        var position = FeedPosition.Start.Read(store.Listing).Position;
        // The first change arrives at last, and the ninth takes its slot before anybody looks.
        store.Apply(new Act.End("a"));
        store.Apply(new Act.Write("a"));
        position.Read(store.Listing).MustReadAll.ShouldBeTrue();
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

        /// <summary>A transaction that loses its race: the number is used up, nothing is written.</summary>
        public sealed record Fail(string Writer) : Act;

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
        private readonly Dictionary<string, long> _numbers = new() { ["a"] = 1_000, ["b"] = 5_003 };
        private readonly Dictionary<string, long> _firsts = new() { ["a"] = 1_000, ["b"] = 5_003 };
        private readonly List<(string Writer, long Number)> _begun = [];
        private ulong _index = 1;

        public Listing Listing => new([.. _slots.Values.OrderBy(e => e.Key, StringComparer.Ordinal)], _index);

        public HashSet<string> Written { get; } = [];

        /// <summary>Returns the keys that were changed.</summary>
        public IReadOnlyCollection<string> Apply(Act act)
        {
            switch (act)
            {
                case Act.Write write:
                    return Commit(write.Writer);
                case Act.Burst burst:
                    return [.. Enumerable.Range(0, burst.Count).SelectMany(_ => Commit(burst.Writer))];
                case Act.Fail fail:
                    _numbers[fail.Writer]++;
                    return [];
                case Act.Begin begin:
                    var number = ++_numbers[begin.Writer];
                    var freed = Free(begin.Writer, number);
                    _begun.Add((begin.Writer, number));
                    return freed;
                case Act.End end:
                    var at = _begun.FindIndex(b => b.Writer == end.Writer);
                    return at < 0 ? [] : [Arrive(at)];
                case Act.Restart restart:
                    _begun.RemoveAll(b => b.Writer == restart.Writer);
                    _firsts[restart.Writer] = _numbers[restart.Writer] += 10_000;
                    return [];
                default:
                    return [];
            }
        }

        private IReadOnlyCollection<string> Commit(string writer)
        {
            var number = ++_numbers[writer];
            return [.. Free(writer, number), Write(writer, number)];
        }

        /// <summary>A slot is written again only after its last writing ended, as the service's writer does it.</summary>
        private IReadOnlyCollection<string> Free(string writer, long number)
        {
            var waitedFor = _begun.FindIndex(b => b.Writer == writer && b.Number % FeedEntry.Slots == number % FeedEntry.Slots);
            return waitedFor < 0 ? [] : [Arrive(waitedFor)];
        }

        private string Arrive(int at)
        {
            var (writer, number) = _begun[at];
            _begun.RemoveAt(at);
            return Write(writer, number);
        }

        private string Write(string writer, long number)
        {
            var key = $"weights/{writer}-{number}";
            var slot = (Change.Set)FeedEntry.Of(writer, _firsts[writer], number, [key]);
            _slots[slot.Key] = new Entry(slot.Key, slot.Value, ++_index);
            Written.Add(key);
            return key;
        }
    }
}
