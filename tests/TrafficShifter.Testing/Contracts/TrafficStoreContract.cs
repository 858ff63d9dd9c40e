using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.Contracts;

/// <summary>What every <see cref="ITrafficStore"/> does with keys and transactions. Each test gets an empty store.</summary>
public abstract class TrafficStoreContract
{
    protected abstract ITrafficStore Store { get; }

    protected static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_key_that_nobody_wrote_is_null() => (await Store.FindAsync("weights/shop", None)).ShouldBeNull();

    [Fact]
    public async Task What_was_committed_is_read_back_with_the_index_of_its_transaction()
    {
        var index = await CommittedAsync(new Change.Put("weights/shop", "{\"blue\":90}", 0), new Change.Set("history/shop/1", "who"));

        (await Store.FindAsync("weights/shop", None)).ShouldBe(new Entry("weights/shop", "{\"blue\":90}", index));
        (await Store.FindAsync("history/shop/1", None)).ShouldBe(new Entry("history/shop/1", "who", index));
    }

    [Fact]
    public async Task Many_keys_are_read_together_and_those_that_are_not_there_are_left_out()
    {
        var index = await CommittedAsync([.. Enumerable.Range(0, 60).Select(n => new Change.Set($"many/{n}", $"{n}"))]);
        await CommittedAsync([.. Enumerable.Range(60, 40).Select(n => new Change.Set($"many/{n}", $"{n}"))]);

        var found = await Store.FindAllAsync([.. Enumerable.Range(0, 150).Select(n => $"many/{n}"), "many/1"], None);

        found.DistinctBy(e => e.Key).Select(e => (e.Key, e.Value)).ShouldBe(Enumerable.Range(0, 100).Select(n => ($"many/{n}", $"{n}")), ignoreOrder: true);
        found.First(e => e.Key == "many/7").ModifyIndex.ShouldBe(index);
        (await Store.FindAllAsync([], None)).ShouldBeEmpty();
        (await Store.FindAllAsync(["none/1", "none/2"], None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Several_prefixes_are_read_together_and_one_with_nothing_below_it_gives_nothing()
    {
        var index = await CommittedAsync(new Change.Set("hooks/shop/1", "a"), new Change.Set("control/stop", "b"), new Change.Set("controls", "c"));

        var found = await Store.ListAllAsync(["control/", "evacuations/", "hooks/"], None);

        found.OrderBy(e => e.Key, StringComparer.Ordinal).ShouldBe([new Entry("control/stop", "b", index), new Entry("hooks/shop/1", "a", index)]);
        (await Store.ListAllAsync(["evacuations/", "overrides/"], None)).ShouldBeEmpty();
        (await Store.ListAllAsync([], None)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb\t\"c\"\\")]
    [InlineData("grün → blau 🟦")]
    public async Task Any_text_survives(string text)
    {
        await CommittedAsync(new Change.Set("a", text));
        (await Store.FindAsync("a", None))!.Value.ShouldBe(text);
    }

    [Fact]
    public async Task Later_transactions_have_higher_indexes()
    {
        var first = await CommittedAsync(new Change.Set("a", "1"));
        (await CommittedAsync(new Change.Set("b", "1"))).ShouldBeGreaterThan(first);
    }

    [Fact]
    public async Task Index_0_creates_and_never_replaces()
    {
        await CommittedAsync(new Change.Put("a", "first", 0));
        await ConflictingAsync(["a"], new Change.Put("a", "second", 0));
        (await Store.FindAsync("a", None))!.Value.ShouldBe("first");
    }

    [Fact]
    public async Task The_index_that_was_read_replaces_and_an_older_one_conflicts()
    {
        var read = await CommittedAsync(new Change.Set("a", "1"));
        await CommittedAsync(new Change.Put("a", "2", read));
        await ConflictingAsync(["a"], new Change.Put("a", "3", read));
        (await Store.FindAsync("a", None))!.Value.ShouldBe("2");
    }

    [Fact]
    public async Task A_key_that_is_gone_cannot_be_replaced() => await ConflictingAsync(["a"], new Change.Put("a", "1", 7));

    [Fact]
    public async Task A_conflict_names_every_key_that_conflicts_and_writes_nothing()
    {
        var index = await CommittedAsync(new Change.Set("a", "1"), new Change.Set("b", "1"));
        await ConflictingAsync(
            ["a", "b", "c"],
            new Change.Put("a", "2", index + 1),
            new Change.Remove("b", index + 1),
            new Change.Unchanged("c", index),
            new Change.Set("d", "2"));
        (await Store.ListAsync("", None)).Entries.ShouldBe([new Entry("a", "1", index), new Entry("b", "1", index)]);
    }

    [Fact]
    public async Task Set_writes_whatever_is_there()
    {
        await CommittedAsync(new Change.Set("a", "1"));
        var index = await CommittedAsync(new Change.Set("a", "2"));
        (await Store.FindAsync("a", None)).ShouldBe(new Entry("a", "2", index));
    }

    [Fact]
    public async Task A_value_that_is_there_already_keeps_its_index()
    {
        var index = await CommittedAsync(new Change.Set("a", "1"));
        (await CommittedAsync(new Change.Set("a", "1"))).ShouldBe(index);
        (await CommittedAsync(new Change.Put("a", "1", index))).ShouldBe(index);
        (await Store.FindAsync("a", None)).ShouldBe(new Entry("a", "1", index));
    }

    [Fact]
    public async Task Remove_takes_the_key_away_at_the_index_that_was_read()
    {
        var index = await CommittedAsync(new Change.Set("a", "1"));
        await ConflictingAsync(["a"], new Change.Remove("a", index - 1));
        (await CommittedAsync(new Change.Remove("a", index))).ShouldBeGreaterThan(index);
        (await Store.FindAsync("a", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Removing_what_is_gone_is_no_conflict()
    {
        await CommittedAsync(new Change.Remove("a", 7));
        (await Store.FindAsync("a", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Unchanged_lets_the_transaction_through_only_at_its_index()
    {
        var index = await CommittedAsync(new Change.Set("a", "1"));
        await CommittedAsync(new Change.Unchanged("a", index), new Change.Unchanged("none", 0), new Change.Set("b", "1"));
        await ConflictingAsync(["a"], new Change.Unchanged("a", 0), new Change.Set("b", "2"));
        await ConflictingAsync(["a"], new Change.Unchanged("a", index + 1), new Change.Set("b", "2"));
        await ConflictingAsync(["none"], new Change.Unchanged("none", index), new Change.Set("b", "2"));
        (await Store.FindAsync("b", None))!.Value.ShouldBe("1");
    }

    [Fact]
    public async Task A_transaction_of_checks_only_has_the_newest_index_that_it_checked()
    {
        var older = await CommittedAsync(new Change.Set("a", "1"));
        var newer = await CommittedAsync(new Change.Set("b", "1"));
        (await CommittedAsync(new Change.Unchanged("b", newer), new Change.Unchanged("a", older))).ShouldBe(newer);
        (await CommittedAsync(new Change.Unchanged("none", 0))).ShouldBe(0UL);
    }

    [Fact]
    public async Task Operations_see_the_ones_before_them()
    {
        var index = await CommittedAsync(new Change.Set("a", "1"));
        await ConflictingAsync(["a"], new Change.Set("a", "2"), new Change.Put("a", "3", index));
        await CommittedAsync(new Change.Remove("a", index), new Change.Put("a", "4", 0));
        (await Store.FindAsync("a", None))!.Value.ShouldBe("4");
    }

    [Fact]
    public async Task Sixty_four_operations_fit_in_a_transaction_and_no_more()
    {
        var full = ChangeSet.Empty.With([.. Enumerable.Range(0, ChangeSet.MaxOperations).Select(n => new Change.Set($"k/{n}", "1"))]);
        (await Store.CommitAsync(full, None)).ShouldBeOfType<CommitResult.Committed>();
        await Should.ThrowAsync<ArgumentException>(() => Store.CommitAsync(full.With(new Change.Set("l", "1")), None));
        await Should.ThrowAsync<ArgumentException>(() => Store.CommitAsync(full with { Fence = new LeaderFence("locks/controller", Guid.NewGuid().ToString()) }, None));
        await Should.ThrowAsync<ArgumentException>(() => Store.CommitAsync(ChangeSet.Empty, None));
        (await Store.ListAsync("k/", None)).Entries.Count.ShouldBe(64);
    }

    [Fact]
    public async Task A_fence_whose_session_does_not_hold_the_lock_writes_nothing()
    {
        var nobody = new LeaderFence("locks/controller", Guid.NewGuid().ToString());
        var fenced = ChangeSet.Empty.With(new Change.Set("a", "1"), new Change.Unchanged("b", 7)) with { Fence = nobody };
        (await Store.CommitAsync(fenced, None)).ShouldBeOfType<CommitResult.Deposed>();

        await CommittedAsync(new Change.Set("locks/controller", "a lock that no session holds"));
        (await Store.CommitAsync(fenced, None)).ShouldBeOfType<CommitResult.Deposed>();
        (await Store.FindAsync("a", None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_value_over_half_a_mebibyte_is_refused_and_nothing_is_written()
    {
        var tooLarge = ChangeSet.Empty.With(new Change.Set("a", "1"), new Change.Set("b", new string('x', 600_000)));
        var refused = await Should.ThrowAsync<StoreRefusedException>(() => Store.CommitAsync(tooLarge, None));
        refused.Message.ShouldStartWith(Store.Name);
        refused.Message.ShouldNotContain("xxx");
        (await Store.FindAsync("a", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_many_writers_at_once_none_loses_an_update()
    {
        await CommittedAsync(new Change.Set("counter", "0"));
        async Task IncrementAsync()
        {
            while (true)
            {
                var read = (await Store.FindAsync("counter", None))!;
                var next = new Change.Put("counter", $"{int.Parse(read.Value) + 1}", read.ModifyIndex);
                if (await Store.CommitAsync(ChangeSet.Empty.With(next), None) is CommitResult.Committed) return;
            }
        }
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(IncrementAsync)));
        (await Store.FindAsync("counter", None))!.Value.ShouldBe("20");
    }

    protected async Task<ulong> CommittedAsync(params Change[] changes) =>
        (await Store.CommitAsync(ChangeSet.Empty.With(changes), None)).ShouldBeOfType<CommitResult.Committed>().Index;

    private async Task ConflictingAsync(string[] keys, params Change[] changes) =>
        (await Store.CommitAsync(ChangeSet.Empty.With(changes), None)).ShouldBeOfType<CommitResult.Conflict>().Keys.ShouldBe(keys);
}
