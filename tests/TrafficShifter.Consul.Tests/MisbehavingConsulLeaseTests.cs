using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Ports;
using TrafficShifter.Testing;

namespace TrafficShifter.Consul.Tests;

/// <summary>Leadership on a Consul that hangs or loses an answer.</summary>
public sealed class MisbehavingConsulLeaseTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_leader_whose_Consul_hangs_stops_acting_by_itself()
    {
        var hangs = false;
        var asked = new TaskCompletionSource<bool>();
        await using var stub = await StubConsul.StartAsync(context => hangs ? StubConsul.HangAsync(context, asked) : LeadAsync(context));
        var time = new ManualTime();
        var lease = new ConsulLeaderLease(Consuls.ClientOn(stub.Address, time: time), "one", time);
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));

        hangs = true;
        time.Advance(TimeSpan.FromSeconds(2));
        var turn = lease.TurnAsync(None);
        await Awaiting.ForAsync(asked.Task, "the beat");
        time.Advance(TimeSpan.FromSeconds(4));
        lease.Fence.ShouldBeNull();
        turn.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<StoreUnavailableException>(() => turn);

        hangs = false;
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: false));
        lease.Fence.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_lock_whose_answer_got_lost_is_found_by_the_next_beat()
    {
        await using var stub = await StubConsul.StartAsync(context =>
        {
            if (!context.Request.Query.ContainsKey("acquire")) return LeadAsync(context);
            context.Abort();
            return Task.CompletedTask;
        });
        var lease = new ConsulLeaderLease(Consuls.ClientOn(stub.Address), "one", new ManualTime());
        await Should.ThrowAsync<StoreUnavailableException>(() => lease.TurnAsync(None));
        lease.Fence.ShouldBeNull();
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));
        stub.Requests.Count(request => request.Contains("acquire=", StringComparison.Ordinal)).ShouldBe(1);
        stub.Requests.Count(request => request == "PUT /v1/session/create").ShouldBe(1);
    }

    // A Consul on which every session leads.
    private static Task LeadAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/v1/session/create" => StubConsul.SayAsync(context, 200, """{"ID":"4d44f112"}"""),
        "/v1/txn" => StubConsul.SayAsync(context, 200, """{"Results":[{"KV":{"Key":"traffic-shifter/locks/beat","ModifyIndex":9}}],"Errors":null}"""),
        _ when context.Request.Method == "GET" => StubConsul.SayAsync(context, 404, "", 1),
        _ => StubConsul.SayAsync(context, 200, "true"),
    };
}
