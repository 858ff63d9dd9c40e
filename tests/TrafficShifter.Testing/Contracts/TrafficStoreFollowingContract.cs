using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.Contracts;

/// <summary>What every <see cref="ITrafficStore"/> does with listings, waiting and held keys. Each test gets an empty store.</summary>
public abstract class TrafficStoreFollowingContract
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    protected abstract ITrafficStore Store { get; }

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_listing_has_the_keys_of_its_prefix_in_ordinal_order()
    {
        await SetAsync("weights/b", "2");
        await SetAsync("weights/B", "1");
        await SetAsync("weights/a/x", "3");
        await SetAsync("weightier/c", "no");
        (await Store.ListAsync("weights/", None)).Entries.Select(entry => entry.Key).ShouldBe(["weights/B", "weights/a/x", "weights/b"]);
        (await Store.ListAsync("", None)).Entries.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Names_end_at_the_next_slash()
    {
        foreach (var key in (string[])["history/b/2", "history/b/1", "history/B/1", "history/a", "history/a/1/x", "historic/c/1"]) await SetAsync(key, "1");
        (await Store.ListNamesAsync("history/", None)).ShouldBe(["history/B/", "history/a", "history/a/", "history/b/"]);
        (await Store.ListNamesAsync("history/b/", None)).ShouldBe(["history/b/1", "history/b/2"]);
        (await Store.ListNamesAsync("rollouts/", None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_listing_has_an_index_to_wait_from()
    {
        var listing = await Store.ListAsync("weights/", None);
        listing.Entries.ShouldBeEmpty();
        listing.Index.ShouldBeGreaterThan(0UL);
    }

    [Fact]
    public async Task Index_0_does_not_wait()
    {
        await SetAsync("feed/1", "x");
        (await Awaiting.ForAsync(Store.WaitAsync("feed/", 0, Long, None), "an answer to index 0")).Entries.Single().Value.ShouldBe("x");
        (await Awaiting.ForAsync(Store.WaitForChangeAsync("feed/", 0, Long, None), "an answer to index 0")).ShouldBeGreaterThan(0UL);
    }

    [Fact]
    public async Task A_wait_without_news_returns_the_same_index_and_listing()
    {
        await SetAsync("feed/1", "x");
        var before = await Store.ListAsync("feed/", None);
        var after = await Store.WaitAsync("feed/", before.Index, Short, None);
        after.Index.ShouldBe(before.Index);
        after.Entries.ShouldBe(before.Entries);
    }

    [Fact]
    public async Task A_write_below_the_prefix_wakes_the_waiter()
    {
        await SetAsync("feed/1", "x");
        var before = await Store.ListAsync("feed/", None);
        var waiting = Store.WaitAsync("feed/", before.Index, Long, None);
        await SetAsync("feed/2", "y");
        var woken = await Awaiting.ForAsync(waiting, "the waiter, woken by feed/2");
        woken.Index.ShouldBeGreaterThan(before.Index);
        woken.Entries.Select(entry => entry.Value).ShouldBe(["x", "y"]);
    }

    [Fact]
    public async Task The_first_key_below_an_empty_prefix_wakes_the_waiter()
    {
        var before = await Store.ListAsync("feed/", None);
        var waiting = Store.WaitAsync("feed/", before.Index, Long, None);
        await SetAsync("feed/1", "x");
        (await Awaiting.ForAsync(waiting, "the waiter, woken by feed/1")).Entries.Single().Value.ShouldBe("x");
    }

    [Fact]
    public async Task A_removal_wakes_the_waiter()
    {
        await SetAsync("feed/1", "x");
        await SetAsync("feed/2", "x");
        var before = await Store.ListAsync("feed/", None);
        var waiting = Store.WaitAsync("feed/", before.Index, Long, None);
        await Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove("feed/1", before.Entries[0].ModifyIndex)), None);
        (await Awaiting.ForAsync(waiting, "the waiter, woken by the removal")).Entries.Single().Key.ShouldBe("feed/2");
    }

    [Fact]
    public async Task A_write_elsewhere_or_of_what_is_there_already_is_no_news()
    {
        await SetAsync("feed/1", "x");
        var before = await Store.ListAsync("feed/", None);
        await SetAsync("weights/shop", "y");
        await SetAsync("feed/1", "x");
        (await Store.WaitAsync("feed/", before.Index, Short, None)).Index.ShouldBe(before.Index);
    }

    [Fact]
    public async Task An_index_that_is_ahead_of_the_store_does_not_wait()
    {
        await SetAsync("feed/1", "x");
        var before = await Store.ListAsync("feed/", None);
        var listing = await Awaiting.ForAsync(Store.WaitAsync("feed/", before.Index + 1_000_000, Long, None), "an answer to an index ahead");
        listing.Index.ShouldBe(before.Index);
        var change = await Store.WaitForChangeAsync("feed/", 0, Short, None);
        (await Awaiting.ForAsync(Store.WaitForChangeAsync("feed/", change + 1_000_000, Long, None), "an answer to an index ahead")).ShouldBe(change);
    }

    [Fact]
    public async Task A_change_below_the_prefix_wakes_who_waits_for_change()
    {
        await SetAsync("weights/shop", "1");
        var before = await Store.WaitForChangeAsync("weights/", 0, Short, None);
        (await Store.WaitForChangeAsync("weights/", before, Short, None)).ShouldBe(before);
        var waiting = Store.WaitForChangeAsync("weights/", before, Long, None);
        await SetAsync("weights/shop", "2");
        (await Awaiting.ForAsync(waiting, "the waiter, woken by weights/shop")).ShouldBeGreaterThan(before);
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        var before = await Store.ListAsync("feed/", None);
        using var cancel = new CancellationTokenSource();
        var waiting = Store.WaitAsync("feed/", before.Index, Long, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task A_held_key_is_read_like_any_other_and_names_its_session()
    {
        (await Store.TryHoldAsync("live/node-1", "one", None)).ShouldBeTrue();
        (await Store.TryHoldAsync("live/node-1", "two", None)).ShouldBeTrue();
        (await Store.TryHoldAsync("live/node-2", "x", None)).ShouldBeTrue();
        var live = (await Store.ListAsync("live/", None)).Entries;
        live.Select(entry => entry.Value).ShouldBe(["two", "x"]);
        live[0].Session.ShouldNotBeNullOrEmpty();
        live[1].Session.ShouldBe(live[0].Session);
    }

    [Fact]
    public async Task A_held_key_wakes_its_waiters_and_is_gone_when_released()
    {
        var before = await Store.ListAsync("live/", None);
        var waiting = Store.WaitAsync("live/", before.Index, Long, None);
        await Store.TryHoldAsync("live/node-1", "one", None);
        var held = await Awaiting.ForAsync(waiting, "the waiter, woken by live/node-1");
        held.Entries.Single().Value.ShouldBe("one");

        waiting = Store.WaitAsync("live/", held.Index, Long, None);
        await Store.ReleaseAsync("live/node-1", None);
        (await Awaiting.ForAsync(waiting, "the waiter, woken by the release")).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Releasing_what_this_process_does_not_hold_removes_nothing()
    {
        await SetAsync("nodes/node-1", "durable");
        await Store.ReleaseAsync("nodes/node-1", None);
        await Store.ReleaseAsync("live/none", None);
        (await Store.FindAsync("nodes/node-1", None))!.Value.ShouldBe("durable");
    }

    private async Task SetAsync(string key, string value) =>
        (await Store.CommitAsync(ChangeSet.Empty.With(new Change.Set(key, value)), None)).ShouldBeOfType<CommitResult.Committed>();
}
