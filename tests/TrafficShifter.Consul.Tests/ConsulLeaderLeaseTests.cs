using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Testing.Contracts;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Consul.Tests;

public sealed class ConsulLeaderLeaseTests : LeaderLeaseContract, IClassFixture<ConsulFixture>
{
    private readonly ConsulClient _client;

    public ConsulLeaderLeaseTests(ConsulFixture fixture)
    {
        _client = Consuls.ClientOn(fixture.Consul.Address, fixture.NewPrefix());
        Store = new ConsulTrafficStore(_client, TimeProvider.System);
    }

    protected override ITrafficStore Store { get; }

    protected override ILeaderLease CreateLease(string name) => new ConsulLeaderLease(_client, name, Time);

    [Fact]
    public async Task A_leader_that_fell_silent_is_replaced_after_eight_seconds_and_not_before()
    {
        var (first, second) = (CreateLease("one"), CreateLease("two"));
        await first.TurnAsync(None);
        for (var elapsed = 0; elapsed < 8; elapsed++)
        {
            (await second.TurnAsync(None)).ShouldBe(new LeaseTurn.Standby("one"));
            Time.Advance(TimeSpan.FromSeconds(1));
        }
        first.Fence.ShouldBeNull("a leader stops acting before another may start");
        (await second.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));
        (await first.TurnAsync(None)).ShouldBe(new LeaseTurn.Standby("two"));
    }

    [Fact]
    public async Task A_leader_beats_in_every_other_turn_of_a_second()
    {
        var lease = CreateLease("one");
        var seen = new List<ulong>();
        for (var elapsed = 0; elapsed < 6; elapsed++)
        {
            await lease.TurnAsync(None);
            seen.Add((await Store.FindAsync(Keys.ControllerBeat, None))!.ModifyIndex);
            Time.Advance(TimeSpan.FromSeconds(1));
        }
        seen.Select(index => seen.IndexOf(index)).ShouldBe([0, 0, 2, 2, 4, 4]);
    }

    [Fact]
    public async Task A_leader_that_beats_is_never_replaced()
    {
        var (first, second) = (CreateLease("one"), CreateLease("two"));
        for (var elapsed = 0; elapsed < 60; elapsed++)
        {
            (await first.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: elapsed == 0));
            (await second.TurnAsync(None)).ShouldBe(new LeaseTurn.Standby("one"));
            Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_deposed_leaders_transaction_writes_nothing()
    {
        var (first, second) = (CreateLease("one"), CreateLease("two"));
        await first.TurnAsync(None);
        var old = first.Fence;
        await second.TurnAsync(None);
        Time.Advance(TimeSpan.FromSeconds(8));
        await second.TurnAsync(None);
        (await CommitAsync(old, "by one")).ShouldBeOfType<CommitResult.Deposed>();
        (await Store.FindAsync("rollouts/shop/1", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_many_standbys_one_takes_over()
    {
        await CreateLease("gone").TurnAsync(None);
        var standbys = Enumerable.Range(1, 5).Select(n => CreateLease($"standby-{n}")).ToList();
        await Task.WhenAll(standbys.Select(lease => lease.TurnAsync(None)));
        Time.Advance(TimeSpan.FromSeconds(8));
        var turns = await Task.WhenAll(standbys.Select(lease => lease.TurnAsync(None)));
        turns.OfType<LeaseTurn.Leading>().Count().ShouldBe(1);
        standbys.Count(lease => lease.Fence is not null).ShouldBe(1);
    }

    [Fact]
    public async Task A_leader_whose_session_was_destroyed_leads_again_only_by_taking_the_lock_again()
    {
        var lease = CreateLease("one");
        await lease.TurnAsync(None);
        var old = lease.Fence.ShouldNotBeNull();
        await _client.Session.DestroyAsync(old.Session, None);
        (await CommitAsync(old, "by one")).ShouldBeOfType<CommitResult.Deposed>();
        Time.Advance(TimeSpan.FromSeconds(2));
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));
        lease.Fence.ShouldNotBe(old);
    }

    [Fact]
    public async Task A_value_written_over_the_lock_by_hand_does_not_take_it()
    {
        var (first, second) = (CreateLease("one"), CreateLease("two"));
        await first.TurnAsync(None);
        await Store.CommitAsync(ChangeSet.Empty.With(new Change.Set(Keys.ControllerLock, "by hand")), None);
        (await first.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: false));
        (await second.TurnAsync(None)).ShouldBe(new LeaseTurn.Standby("by hand"));
    }

    [Fact]
    public async Task The_leaders_session_is_renewed_and_lives_for_fifteen_seconds()
    {
        var lease = CreateLease("one");
        await lease.TurnAsync(None);
        Time.Advance(TimeSpan.FromSeconds(6));
        await lease.TurnAsync(None);
        var session = (await _client.Session.InfoAsync(lease.Fence!.Session, None)).ShouldNotBeNull();
        (session.TTL, session.Behavior).ShouldBe(("15s", SessionBehavior.Release));
    }
}
