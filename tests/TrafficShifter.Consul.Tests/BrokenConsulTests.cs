using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Testing;

namespace TrafficShifter.Consul.Tests;

/// <summary>A real Consul that is stopped, wiped, frozen, without a leader.</summary>
public sealed class BrokenConsulTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(25);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_Consul_that_is_not_there_is_named_with_the_request()
    {
        await using var store = Consuls.StoreOn(new Uri($"http://127.0.0.1:{FreePorts.Take()}"));
        var find = await Should.ThrowAsync<StoreUnavailableException>(() => store.FindAsync("weights/shop", None));
        find.Message.ShouldBe($"{store.Name} did not answer GET /v1/kv/traffic-shifter/weights/shop: Connection refused");
        var commit = await Should.ThrowAsync<StoreUnavailableException>(() => store.CommitAsync(Change("secret-value"), None));
        commit.Message.ShouldBe($"{store.Name} did not answer PUT /v1/txn: Connection refused");
        await Should.ThrowAsync<StoreUnavailableException>(() => store.WaitForChangeAsync("weights/", 5, Long, None));
        await Should.ThrowAsync<StoreUnavailableException>(() => store.TryHoldAsync("live/node-1", "x", None));
        await Should.ThrowAsync<StoreUnavailableException>(() => store.CheckAccessAsync(None));
        await store.ReleaseAsync("live/node-1", None);
    }

    [Fact]
    public async Task A_Consul_without_a_leader_says_so()
    {
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup { BootstrapExpect = 3 }, None);
        await using var store = Consuls.StoreOn(consul.Address);
        var find = await Should.ThrowAsync<StoreUnavailableException>(() => store.FindAsync("weights/shop", None));
        find.Message.ShouldBe($"{store.Name} could not do GET /v1/kv/traffic-shifter/weights/shop: 500 No cluster leader");
        (await Should.ThrowAsync<StoreUnavailableException>(() => store.CommitAsync(Change("x"), None))).Message.ShouldContain("No cluster leader");
    }

    [Fact]
    public async Task A_killed_Consul_comes_back_with_its_data_and_its_waiters_go_on()
    {
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, None);
        await using var store = Consuls.StoreOn(consul.Address);
        await store.CommitAsync(Change("before"), None);
        var before = await store.ListAsync("weights/", None);
        var waiting = store.WaitAsync("weights/", before.Index, Long, None);

        await consul.KillAsync();
        await Should.ThrowAsync<StoreUnavailableException>(() => Awaiting.ForAsync(waiting, "the end of the wait"));
        await consul.StartAsync(None);

        (await store.ListAsync("weights/", None)).Entries.ShouldBe(before.Entries);
        waiting = store.WaitAsync("weights/", before.Index, Long, None);
        await store.CommitAsync(Change("after"), None);
        (await Awaiting.ForAsync(waiting, "the waiter, woken by the write after the restart")).Entries.Single().Value.ShouldBe("after");
    }

    [Fact]
    public async Task A_wiped_Consul_answers_an_old_index_at_once_and_with_a_lower_one()
    {
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, None);
        await using var store = Consuls.StoreOn(consul.Address);
        for (var n = 0; n < 50; n++) await store.CommitAsync(Change($"{n}"), None);
        var before = await store.ListAsync("weights/", None);
        var change = await store.WaitForChangeAsync("weights/", 0, Long, None);
        var waiting = store.WaitAsync("weights/", before.Index, Long, None);

        await consul.WipeAsync(None);
        await Should.ThrowAsync<StoreUnavailableException>(() => Awaiting.ForAsync(waiting, "the end of the wait"));

        var after = await Awaiting.ForAsync(store.WaitAsync("weights/", before.Index, Long, None), "an answer of the wiped Consul");
        after.Entries.ShouldBeEmpty();
        after.Index.ShouldBeLessThan(before.Index);
        (await Awaiting.ForAsync(store.WaitForChangeAsync("weights/", change, Long, None), "an answer of the wiped Consul")).ShouldBeLessThan(change);
    }

    [Fact]
    public async Task A_held_key_is_taken_again_on_a_wiped_Consul()
    {
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup(), None);
        await using var store = Consuls.StoreOn(consul.Address);
        await store.TryHoldAsync("live/node-1", "before", None);
        await consul.WipeAsync(None);
        (await store.TryHoldAsync("live/node-1", "after", None)).ShouldBeTrue();
        (await store.FindAsync("live/node-1", None))!.Value.ShouldBe("after");
    }

    [Fact]
    public async Task A_leader_on_a_wiped_Consul_takes_the_lock_again()
    {
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup(), None);
        var client = Consuls.ClientOn(consul.Address);
        var time = new ManualTime();
        var lease = new ConsulLeaderLease(client, "one", time);
        await lease.TurnAsync(None);
        await consul.KillAsync();
        time.Advance(TimeSpan.FromSeconds(2));
        await Should.ThrowAsync<StoreUnavailableException>(() => lease.TurnAsync(None));
        lease.Fence.ShouldNotBeNull("a failed turn is no good beat, but the last good one still counts");
        await consul.StartAsync(None);
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));
    }

    private static ChangeSet Change(string value) => ChangeSet.Empty.With(new Change.Set("weights/shop", value));
}
