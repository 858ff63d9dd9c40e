using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Events;

public sealed class OutboxTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_change_with_history_gets_one_outbox_entry_in_its_own_transaction()
    {
        var changes = ChangeSet.Empty.With(new Change.Set("weights/shop", "{}"), History("shop", "01A"), History("other", "01B"));

        var all = OutboxEntry.AddTo(changes);

        all.Operations.ShouldBe(4);
        var put = all.Changes[^1].ShouldBeOfType<Change.Set>();
        put.Key.ShouldBe("outbox/shop/01A");
        Golden.Matches("outbox.json", Reading.Of<OutboxEntry>(new Entry(put.Key, put.Value, 1)).Find()!);
    }

    [Fact]
    public void A_history_entry_that_is_written_only_once_is_told_only_once()
    {
        var once = (Change.Set)History("shop", "hand-00000000000000000007");

        OutboxEntry.AddTo(ChangeSet.Empty.With(new Change.Put(once.Key, once.Value, 0))).Changes.Select(c => c.Key).ShouldBe([once.Key, "outbox/shop/hand-00000000000000000007"]);
    }

    [Fact]
    public void A_change_without_history_is_left_alone()
    {
        var changes = ChangeSet.Empty.With(new Change.Set("rollouts/shop/1", "{}"), new Change.Remove("history/shop/1", 3));

        OutboxEntry.AddTo(changes).ShouldBeSameAs(changes);
    }

    [Fact]
    public void Only_what_moves_traffic_says_so()
    {
        OutboxEntry.AddTo(ChangeSet.Empty.With(new Change.Unchanged("weights/shop", 1), History("shop", "01A"))).Changes[^1].ShouldBeOfType<Change.Set>().Value.ShouldContain("\"moves\":false");
        OutboxEntry.AddTo(ChangeSet.Empty.With(new Change.Put("state/shop", "{}", 1), History("shop", "01A"))).Changes[^1].ShouldBeOfType<Change.Set>().Value.ShouldContain("\"moves\":true");
    }

    [Fact]
    public void Events_are_in_the_order_of_their_transactions_whatever_their_keys()
    {
        var outbox = Outbox.Read(new Listing([Entry("a", "01C", 30), Entry("b", "01A", 10), Entry("z", "01B", 20)], 40));

        outbox.Events.Select(e => e.Position.ToString()).ShouldBe(["10-1", "20-1", "30-1"]);
        outbox.After(new EventPosition(10, 1)).Select(e => e.Event.Id).ShouldBe(["01B", "01C"]);
        outbox.After(new EventPosition(10, 0)).Count().ShouldBe(3);
        outbox.After(EventPosition.After(20)).Select(e => e.Event.Id).ShouldBe(["01C"]);
        outbox.CountAfter(EventPosition.After(40)).ShouldBe(0);
    }

    [Fact]
    public void What_is_over_the_count_is_trimmed_up_to_where_the_slowest_sink_stands_and_the_gap_is_known()
    {
        var entries = Enumerable.Range(1, Outbox.Kept + 120).Select(n => Entry("shop", $"{n:D6}", (ulong)n)).ToList();

        var all = Outbox.Trim(new Listing(entries, 700), EventPosition.After(700)).ShouldNotBeNull();
        all.Changes.OfType<Change.Remove>().Select(r => r.Expected).ShouldBe(Enumerable.Range(1, 50).Select(n => (ulong)n));
        (all.Operations + 1).ShouldBeLessThanOrEqualTo(ChangeSet.MaxOperations);
        var mark = all.Changes.OfType<Change.Put>().Single();
        mark.ShouldSatisfyAllConditions(() => mark.Key.ShouldBe("outbox/trimmed"), () => mark.Expected.ShouldBe(0ul));

        var held = Outbox.Trim(new Listing(entries, 700), new EventPosition(11, 1)).ShouldNotBeNull();
        held.Changes.OfType<Change.Remove>().Select(r => r.Expected).ShouldBe(Enumerable.Range(1, 10).Select(n => (ulong)n));
        Outbox.Trim(new Listing(entries, 700), EventPosition.Start).ShouldBeNull();
        Outbox.Trim(new Listing(entries[..Outbox.Kept], 700), EventPosition.After(700)).ShouldBeNull();

        var left = Outbox.Read(new Listing([.. entries.Skip(50), new Entry(mark.Key, mark.Value, 701)], 701));
        left.HasGapAfter(new EventPosition(49, 1)).ShouldBeTrue();
        left.HasGapAfter(new EventPosition(50, 1)).ShouldBeFalse();
        left.HasGapAfter(new EventPosition(702, 1)).ShouldBeTrue();
    }

    [Fact]
    public void What_was_read_before_is_not_parsed_again_and_another_store_is_not_taken_for_the_same()
    {
        var before = Outbox.Read(new Listing([Entry("shop", "01A", 10), Entry("shop", "01B", 20)], 20));

        var after = Outbox.Read(new Listing([Entry("shop", "01B", 20), Entry("shop", "01C", 30)], 30), before);
        after.Events.Select(e => e.Event.Id).ShouldBe(["01B", "01C"]);
        after.Events[0].ShouldBeSameAs(before.Events[1]);

        var other = Outbox.Read(new Listing([Entry("other", "01X", 20)], 20), before);
        other.Events.Single().Event.Id.ShouldBe("01X");
    }

    [Fact]
    public void A_listing_is_trimmed_to_its_end_without_being_read_again()
    {
        var listing = new Listing([.. Enumerable.Range(1, Outbox.Kept + 120).Select(n => Entry("shop", $"{n:D6}", (ulong)n))], 700);
        var (expected, index) = (new List<ulong>(), 700ul);
        while (Outbox.Trim(listing, EventPosition.After(700)) is { } trim)
        {
            expected.Add(trim.Changes.OfType<Change.Put>().Single().Expected);
            listing = Outbox.After(listing, trim, ++index);
        }

        expected.ShouldBe([0ul, 701, 702], "each is decided on the mark that the one before left");
        var left = Outbox.Read(listing);
        (left.Events.Count, left.Events[0].Position.Index, left.Trimmed).ShouldBe((Outbox.Kept, 121ul, 120ul));
    }

    [Theory]
    [InlineData("12-1")]
    [InlineData("18446744073709551615-2147483647")]
    public void A_position_is_read_as_it_is_written(string text) => EventPosition.Parse(text).ToString().ShouldBe(text);

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("-1")]
    [InlineData("12-")]
    [InlineData("12--1")]
    [InlineData("12-1 ")]
    [InlineData("99999999999999999999-1")]
    public void What_is_no_position_is_refused(string text) => EventPosition.TryParse(text, null, out _).ShouldBeFalse();

    internal static Change History(string app, string id, string? reason = "why") =>
        new ChangeNote(id, "anna", reason, Now).Entry<AppState>(AppName.Parse(app), "weights.set", "0 % → 10 % by anna", null, new AppState { Stable = Colour.Blue });

    internal static Entry Entry(string app, string id, ulong index)
    {
        var put = (Change.Set)OutboxEntry.AddTo(ChangeSet.Empty.With(History(app, id))).Changes[^1];
        return new Entry(put.Key, put.Value, index);
    }
}
