using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.Contracts;

/// <summary>What every <see cref="ILeaderLease"/> does. Each test gets an empty store and a clock of its own.</summary>
public abstract class LeaderLeaseContract
{
    protected abstract ITrafficStore Store { get; }

    protected ManualTime Time { get; } = new();

    protected static CancellationToken None => CancellationToken.None;

    protected abstract ILeaderLease CreateLease(string name);

    [Fact]
    public void Before_the_first_turn_nobody_acts() => CreateLease("one").Fence.ShouldBeNull();

    [Fact]
    public async Task The_first_turn_takes_leadership_and_the_next_ones_keep_it()
    {
        var lease = CreateLease("one");
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));
        var fence = lease.Fence.ShouldNotBeNull();
        fence.Key.ShouldBe(Keys.ControllerLock);
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: false));
        lease.Fence.ShouldBe(fence);
    }

    [Fact]
    public async Task The_second_stands_by_and_names_the_first()
    {
        await CreateLease("one").TurnAsync(None);
        var second = CreateLease("two");
        (await second.TurnAsync(None)).ShouldBe(new LeaseTurn.Standby("one"));
        second.Fence.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_given_up_is_taken_by_the_next_turn_of_another()
    {
        var (first, second) = (CreateLease("one"), CreateLease("two"));
        await first.TurnAsync(None);
        await second.TurnAsync(None);
        await first.ReleaseAsync(None);
        first.Fence.ShouldBeNull();
        (await second.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));
        (await first.TurnAsync(None)).ShouldBe(new LeaseTurn.Standby("two"));
    }

    [Fact]
    public async Task Giving_up_what_one_does_not_have_changes_nothing()
    {
        var (first, second) = (CreateLease("one"), CreateLease("two"));
        await second.ReleaseAsync(None);
        await first.TurnAsync(None);
        await second.TurnAsync(None);
        await second.ReleaseAsync(None);
        (await first.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: false));
    }

    [Fact]
    public async Task The_fence_lapses_four_seconds_after_the_last_good_beat_and_comes_back_with_the_next()
    {
        var lease = CreateLease("one");
        await lease.TurnAsync(None);
        Time.Advance(TimeSpan.FromSeconds(3.9));
        lease.Fence.ShouldNotBeNull();
        Time.Advance(TimeSpan.FromSeconds(0.1));
        lease.Fence.ShouldBeNull();
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: false));
        lease.Fence.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_leaders_transactions_go_through_and_those_of_the_one_before_are_deposed()
    {
        var (first, second) = (CreateLease("one"), CreateLease("two"));
        await first.TurnAsync(None);
        var old = first.Fence;
        (await CommitAsync(old, "by one")).ShouldBeOfType<CommitResult.Committed>();
        await first.ReleaseAsync(None);
        (await CommitAsync(old, "by nobody")).ShouldBeOfType<CommitResult.Deposed>();

        await second.TurnAsync(None);
        (await CommitAsync(old, "by one again")).ShouldBeOfType<CommitResult.Deposed>();
        (await Store.FindAsync("rollouts/shop/1", None))!.Value.ShouldBe("by one");
        (await CommitAsync(second.Fence, "by two")).ShouldBeOfType<CommitResult.Committed>();
    }

    protected Task<CommitResult> CommitAsync(LeaderFence? fence, string value) =>
        Store.CommitAsync(ChangeSet.Empty.With(new Change.Set("rollouts/shop/1", value)) with { Fence = fence.ShouldNotBeNull() }, None);
}
