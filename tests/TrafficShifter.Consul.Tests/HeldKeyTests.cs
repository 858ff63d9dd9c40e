using TrafficShifter.Testing;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Consul.Tests;

/// <summary>Keys that live as long as the process that holds them.</summary>
public sealed class HeldKeyTests(ConsulFixture fixture) : IClassFixture<ConsulFixture>
{
    private readonly string _prefix = fixture.NewPrefix();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_key_that_another_living_process_holds_is_neither_written_nor_released()
    {
        await using var one = Consuls.StoreOn(fixture.Consul.Address, _prefix);
        await using var two = Consuls.StoreOn(fixture.Consul.Address, _prefix);
        (await one.TryHoldAsync("live/node", "one", None)).ShouldBeTrue();
        (await two.TryHoldAsync("live/node", "two", None)).ShouldBeFalse();
        await two.ReleaseAsync("live/node", None);
        (await two.FindAsync("live/node", None))!.Value.ShouldBe("one");
    }

    [Fact]
    public async Task A_clean_end_takes_the_keys_away_at_once()
    {
        var one = Consuls.StoreOn(fixture.Consul.Address, _prefix);
        await one.TryHoldAsync("live/node", "one", None);
        await one.DisposeAsync();
        await using var two = Consuls.StoreOn(fixture.Consul.Address, _prefix);
        (await two.FindAsync("live/node", None)).ShouldBeNull();
        (await two.TryHoldAsync("live/node", "two", None)).ShouldBeTrue();
    }

    [Fact]
    public async Task The_session_is_the_shortest_that_Consul_allows_and_deletes_its_keys()
    {
        var client = Consuls.ClientOn(fixture.Consul.Address, _prefix);
        await using var store = new ConsulTrafficStore(client, TimeProvider.System);
        await store.TryHoldAsync("live/node", "one", None);
        var session = (await client.Session.InfoAsync((await store.FindAsync("live/node", None))!.Session!, None)).ShouldNotBeNull();
        (session.TTL, session.Behavior).ShouldBe(("10s", SessionBehavior.Delete));
    }

    [Fact]
    public async Task A_session_that_was_lost_is_made_anew_by_the_next_hold()
    {
        var client = Consuls.ClientOn(fixture.Consul.Address, _prefix);
        await using var store = new ConsulTrafficStore(client, TimeProvider.System);
        await store.TryHoldAsync("live/node", "one", None);
        var lost = (await store.FindAsync("live/node", None))!.Session!;
        await client.Session.DestroyAsync(lost, None);
        (await store.FindAsync("live/node", None)).ShouldBeNull();

        (await store.TryHoldAsync("live/node", "one again", None)).ShouldBeTrue();
        (await store.FindAsync("live/node", None))!.Session.ShouldNotBe(lost);
    }

    [Fact]
    public async Task The_session_is_renewed_every_three_seconds()
    {
        var renewals = new List<TaskCompletionSource<bool>> { new(), new() };
        await using var stub = await StubConsul.StartAsync(context =>
        {
            var path = context.Request.Path.Value!;
            if (path.StartsWith("/v1/session/renew/", StringComparison.Ordinal)) renewals.First(renewal => !renewal.Task.IsCompleted).SetResult(true);
            return StubConsul.SayAsync(context, 200, path == "/v1/session/create" ? """{"ID":"4d44f112"}""" : "true");
        });
        var time = new ManualTime();
        await using var store = new ConsulTrafficStore(Consuls.ClientOn(stub.Address, time: time), time);
        await store.TryHoldAsync("live/node", "one", None);
        foreach (var renewal in renewals)
        {
            time.Advance(TimeSpan.FromSeconds(3));
            await Awaiting.ForAsync(renewal.Task, "a renewal");
        }
    }
}
