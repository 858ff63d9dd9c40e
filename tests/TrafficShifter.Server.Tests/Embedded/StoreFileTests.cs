using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Embedded;

namespace TrafficShifter.Server.Tests.Embedded;

/// <summary>What is on the disk, and what happens when it is not what it should be.</summary>
public sealed class StoreFileTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task What_was_committed_is_there_after_a_restart_with_its_index()
    {
        var store = _folder.Open();
        var first = await CommitAsync(store, new Change.Set("weights/shop", "{\"blue\":90,\"reason\":\"grün \\\"x\\\"\"}"));
        var second = await CommitAsync(store, new Change.Set("state/shop", "s"));
        var before = (await store.ListAsync("", None)).Entries;
        _folder.Close();

        var again = _folder.Open();
        (await again.ListAsync("", None)).Entries.ShouldBe(before);
        (await CommitAsync(again, new Change.Put("weights/shop", "new", first))).ShouldBeGreaterThan(second);
    }

    [Fact]
    public async Task Held_keys_are_gone_after_a_restart()
    {
        var store = _folder.Open();
        await store.TryHoldAsync("live/node", "x", None);
        await CommitAsync(store, new Change.Set("weights/shop", "1"));
        _folder.Close();
        (await _folder.Open().ListAsync("", None)).Entries.Select(entry => entry.Key).ShouldBe(["weights/shop"]);
    }

    [Fact]
    public async Task A_leaders_fence_of_before_a_restart_is_deposed()
    {
        var lease = new SingleProcessLease(_folder.Open(), "one", TimeProvider.System);
        await lease.TurnAsync(None);
        var old = lease.Fence;
        _folder.Close();
        var fenced = ChangeSet.Empty.With(new Change.Set("a", "1")) with { Fence = old };
        (await _folder.Open().CommitAsync(fenced, None)).ShouldBeOfType<CommitResult.Deposed>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"schema\":1,\"index\":7,\"entr")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"schema\":1,\"index\":7}")]
    [InlineData("{\"schema\":2,\"index\":7,\"entries\":[]}")]
    [InlineData("{\"schema\":1,\"index\":7,\"entries\":[null]}")]
    [InlineData("{\"schema\":1,\"index\":7,\"entries\":[{\"key\":\"a\",\"value\":\"x\",\"modifyIndex\":8}]}")]
    [InlineData("{\"schema\":1,\"index\":7,\"entries\":[{\"key\":\"a\",\"value\":null,\"modifyIndex\":5}]}")]
    [InlineData("{\"schema\":1,\"index\":7,\"entries\":[{\"key\":\"a\",\"value\":\"x\",\"modifyIndex\":5},{\"key\":\"a\",\"value\":\"x\",\"modifyIndex\":6}]}")]
    public void A_broken_file_is_named_with_its_remedy_and_left_as_it_is(string content)
    {
        _folder.Write(content);
        var broken = Should.Throw<StoreException>(() => _folder.Open());
        broken.Message.ShouldStartWith($"The store {_folder.File} cannot be read: ");
        broken.Message.ShouldEndWith("Put a backup in its place, or move it away to begin with an empty store.");
        File.ReadAllText(_folder.File).ShouldBe(content);
        Should.Throw<StoreException>(() => _folder.Open()).Message.ShouldBe(broken.Message, "the file is free again, not taken by the failed try");
    }

    [Fact]
    public async Task A_write_that_was_cut_off_leaves_the_old_file_in_force()
    {
        var store = _folder.Open();
        await CommitAsync(store, new Change.Set("weights/shop", "1"));
        _folder.Close();
        await File.WriteAllTextAsync($"{_folder.File}.new", "{\"schema\":1,\"ind", None);

        var again = _folder.Open();
        (await again.FindAsync("weights/shop", None))!.Value.ShouldBe("1");
        await CommitAsync(again, new Change.Set("weights/shop", "2"));
        File.Exists($"{_folder.File}.new").ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_changes_nothing_and_is_named()
    {
        var store = _folder.Open();
        var index = await CommitAsync(store, new Change.Set("weights/shop", "1"));

        // A folder in the way of the new file fails for every user, also for root.
        Directory.CreateDirectory($"{_folder.File}.new");
        var failed = await Should.ThrowAsync<StoreUnavailableException>(() => CommitAsync(store, new Change.Set("weights/shop", "2")));
        failed.Message.ShouldStartWith($"Store {_folder.File} could not be written: ");
        (await store.FindAsync("weights/shop", None)).ShouldBe(new Entry("weights/shop", "1", index));

        Directory.Delete($"{_folder.File}.new");
        (await CommitAsync(store, new Change.Set("weights/shop", "2"))).ShouldBeGreaterThan(index);
    }

    [Fact]
    public void A_file_that_another_server_uses_is_refused()
    {
        _folder.Open();
        var taken = Should.Throw<StoreException>(() => _folder.Open());
        taken.Message.ShouldContain(_folder.File);
        taken.Message.ShouldContain("Does another server use it");
    }

    [Fact]
    public async Task Only_its_owner_may_read_the_file()
    {
        await CommitAsync(_folder.Open(), new Change.Set("a", "1"));
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(_folder.File).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<ulong> CommitAsync(EmbeddedTrafficStore store, params Change[] changes) =>
        (await store.CommitAsync(ChangeSet.Empty.With(changes), None)).ShouldBeOfType<CommitResult.Committed>().Index;
}
