using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Ports;
using TrafficShifter.Testing;

namespace TrafficShifter.Consul.Tests;

/// <summary>What a real Consul does not do on cue: hanging, half a reply, another program's page, an index that goes backwards.</summary>
public sealed class MisbehavingConsulTests
{
    private const string Pair = """[{"LockIndex":0,"Key":"traffic-shifter/feed/1","Flags":0,"Value":"eA==","CreateIndex":5,"ModifyIndex":5}]""";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(25);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_Consul_that_hangs_is_given_up_after_the_request_time_out()
    {
        var asked = new TaskCompletionSource<bool>();
        await using var stub = await StubConsul.StartAsync(context => StubConsul.HangAsync(context, asked));
        var time = new ManualTime();
        await using var store = new ConsulTrafficStore(Consuls.ClientOn(stub.Address, time: time), time);

        var reading = store.FindAsync("weights/shop", None);
        await Awaiting.ForAsync(asked.Task, "the request");
        time.Advance(TimeSpan.FromSeconds(5));

        var failed = await Should.ThrowAsync<StoreUnavailableException>(() => reading);
        failed.Message.ShouldBe($"Consul {Short(stub.Address)} did not answer GET /v1/kv/traffic-shifter/weights/shop within 5 s");
        stub.Requests.Count.ShouldBe(1, "a hanging Consul is not asked again at once");
    }

    [Fact]
    public async Task A_blocking_query_may_take_its_wait_and_a_sixteenth_more()
    {
        var asked = new TaskCompletionSource<bool>();
        await using var stub = await StubConsul.StartAsync(async context =>
        {
            if (!context.Request.Query.ContainsKey("index")) await StubConsul.SayAsync(context, 200, Pair, 5);
            else await StubConsul.HangAsync(context, asked);
        });
        var time = new ManualTime();
        await using var store = new ConsulTrafficStore(Consuls.ClientOn(stub.Address, time: time), time);

        var waiting = store.WaitAsync("feed/", 5, TimeSpan.FromSeconds(16), None);
        await Awaiting.ForAsync(asked.Task, "the blocking query");
        time.Advance(TimeSpan.FromSeconds(21.9));
        waiting.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(0.1));
        (await Should.ThrowAsync<StoreUnavailableException>(() => waiting)).Message.ShouldEndWith("within 22 s");
        stub.Requests[^1].ShouldEndWith("?recurse=&index=5&wait=16000ms");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_blocking_query_is_asked_anew_when_another_request_finds_its_connection_broken_or_silent(bool isBroken)
    {
        var asked = new TaskCompletionSource<bool>();
        var written = new TaskCompletionSource<bool>();
        var blocking = 0;
        await using var stub = await StubConsul.StartAsync(async context =>
        {
            if (context.Request.Query.ContainsKey("index"))
            {
                if (Interlocked.Increment(ref blocking) == 1) await StubConsul.HangAsync(context, asked);
                else await StubConsul.SayAsync(context, 200, Pair, 6);
            }
            else if (context.Request.Method == "GET") await StubConsul.SayAsync(context, 200, Pair, 5);
            else if (isBroken) context.Abort();
            else await StubConsul.HangAsync(context, written);
        });
        var time = new ManualTime();
        await using var store = new ConsulTrafficStore(Consuls.ClientOn(stub.Address, time: time), time);
        var waiting = store.WaitAsync("feed/", 5, TimeSpan.FromSeconds(60), None);
        await Awaiting.ForAsync(asked.Task, "the blocking query");

        var writing = CommitAsync(store);
        if (!isBroken)
        {
            await Awaiting.ForAsync(written.Task, "the write");
            time.Advance(TimeSpan.FromSeconds(5));
        }

        await Should.ThrowAsync<StoreUnavailableException>(() => writing);
        (await waiting).Index.ShouldBe(6ul);
        stub.Requests[^1].ShouldEndWith("&index=5&wait=1ms", Case.Sensitive, "what is there now, or that nothing answers");
    }

    [Fact]
    public async Task A_blocking_query_is_asked_anew_when_the_session_is_gone()
    {
        var asked = new TaskCompletionSource<bool>();
        await using var stub = await StubConsul.StartAsync(async context =>
        {
            if (context.Request.Path.StartsWithSegments("/v1/session")) await StubConsul.SayAsync(context, 404, "");
            else if (context.Request.Query.ContainsKey("index") && !asked.Task.IsCompleted) await StubConsul.HangAsync(context, asked);
            else await StubConsul.SayAsync(context, 200, Pair, asked.Task.IsCompleted ? 5ul : 900);
        });
        var client = Consuls.ClientOn(stub.Address);
        await using var store = new ConsulTrafficStore(client, TimeProvider.System);
        var waiting = store.WaitAsync("feed/", 900, TimeSpan.FromSeconds(60), None);
        await Awaiting.ForAsync(asked.Task, "the blocking query");

        (await client.Session.RenewAsync("4d44f112", None)).ShouldBeFalse();

        (await Awaiting.ForAsync(waiting, "what is there now")).Index.ShouldBe(5ul);
    }

    [Fact]
    public async Task A_silent_Consul_is_away_though_other_requests_fail_all_the_time()
    {
        var (asked, written, again) = (new TaskCompletionSource<bool>(), new TaskCompletionSource<bool>(), new TaskCompletionSource<bool>());
        await using var stub = await StubConsul.StartAsync(context => context.Request.Method == "GET" && !context.Request.Query.ContainsKey("index")
            ? StubConsul.SayAsync(context, 200, Pair, 5)
            : StubConsul.HangAsync(context, context.Request.Method == "PUT" ? written : asked.Task.IsCompleted ? again : asked));
        var time = new ManualTime();
        await using var store = new ConsulTrafficStore(Consuls.ClientOn(stub.Address, time: time), time);
        var waiting = store.WaitAsync("feed/", 5, TimeSpan.FromSeconds(60), None);
        await Awaiting.ForAsync(asked.Task, "the blocking query");
        var writing = CommitAsync(store);
        await Awaiting.ForAsync(written.Task, "the write");
        time.Advance(TimeSpan.FromSeconds(5));
        await Should.ThrowAsync<StoreUnavailableException>(() => writing);
        await Awaiting.ForAsync(again.Task, "the query that waits for nothing");

        time.Advance(TimeSpan.FromSeconds(5));

        (await Should.ThrowAsync<StoreUnavailableException>(() => waiting)).Message.ShouldEndWith("within 5 s");
    }

    [Fact]
    public async Task Half_a_reply_is_no_reply()
    {
        await using var stub = await StubConsul.StartAsync(async context =>
        {
            context.Response.ContentLength = 1000;
            context.Response.Headers["X-Consul-Index"] = "5";
            await context.Response.WriteAsync(Pair);
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        await using var store = Consuls.StoreOn(stub.Address);
        var failed = await Should.ThrowAsync<StoreUnavailableException>(() => store.ListAsync("feed/", None));
        failed.Message.ShouldStartWith($"Consul {Short(stub.Address)} did not answer GET /v1/kv/traffic-shifter/feed/: ");
        stub.Requests.Count.ShouldBe(2, "a read is tried once more");
    }

    [Fact]
    public async Task A_commit_is_never_tried_again()
    {
        await using var stub = await StubConsul.SayingAsync(500, "No cluster leader");
        await using var store = Consuls.StoreOn(stub.Address);
        var failed = await Should.ThrowAsync<StoreUnavailableException>(() => CommitAsync(store));
        failed.Message.ShouldBe($"Consul {Short(stub.Address)} could not do PUT /v1/txn: 500 No cluster leader");
        stub.Requests.ShouldBe(["PUT /v1/txn"]);
    }

    [Fact]
    public async Task A_read_that_fails_once_is_tried_once_more()
    {
        var requests = 0;
        await using var stub = await StubConsul.StartAsync(context =>
            ++requests == 1 ? StubConsul.SayAsync(context, 500, "No cluster leader") : StubConsul.SayAsync(context, 200, Pair, 5));
        await using var store = Consuls.StoreOn(stub.Address);
        (await store.ListAsync("feed/", None)).Entries.Single().ShouldBe(new Entry("feed/1", "x", 5));
    }

    [Theory]
    [InlineData("<html>Welcome to nginx!</html>")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[{\"Key\":\"traffic-shifter/feed/1\",\"Value\":\"not base64!\"}]")]
    public async Task What_is_not_Consuls_JSON_is_quoted(string body)
    {
        await using var stub = await StubConsul.SayingAsync(200, body, 5);
        await using var store = Consuls.StoreOn(stub.Address);
        var failed = await Should.ThrowAsync<StoreUnavailableException>(() => store.ListAsync("feed/", None));
        failed.Message.ShouldContain(body.Length == 0 ? "200 (no text)" : body);
    }

    [Fact]
    public async Task A_reply_without_an_index_is_not_believed()
    {
        await using var stub = await StubConsul.SayingAsync(404, "404 page not found");
        await using var store = Consuls.StoreOn(stub.Address);
        var failed = await Should.ThrowAsync<StoreUnavailableException>(() => store.ListAsync("feed/", None));
        failed.Message.ShouldContain("without X-Consul-Index; is it a Consul? It said: 404 404 page not found");
    }

    [Fact]
    public async Task An_index_that_goes_backwards_is_returned_as_it_is()
    {
        ulong index = 900;
        await using var stub = await StubConsul.StartAsync(context => StubConsul.SayAsync(context, 200, Pair, index));
        await using var store = Consuls.StoreOn(stub.Address);
        (await store.ListAsync("feed/", None)).Index.ShouldBe(900UL);
        index = 12;
        (await store.WaitAsync("feed/", 900, Long, None)).Index.ShouldBe(12UL);
        (await store.WaitAsync("feed/", 900, Long, None)).Index.ShouldBe(12UL);
        stub.Requests[^1].ShouldNotContain("index=", customMessage: "an index that this Consul has not given is compared, not waited from");
    }

    [Fact]
    public async Task No_wait_is_longer_than_the_option_allows()
    {
        await using var stub = await StubConsul.SayingAsync(200, Pair, 5);
        await using var store = Consuls.StoreOn(stub.Address);
        await store.WaitAsync("feed/", 5, TimeSpan.FromHours(1), None);
        stub.Requests[^1].ShouldEndWith("&index=5&wait=60000ms");
    }

    [Theory]
    [InlineData("weights/../state/shop")]
    [InlineData("weights/./shop")]
    [InlineData("weights//shop")]
    [InlineData("weights/..")]
    public async Task A_key_that_would_arrive_as_another_one_is_not_sent(string key)
    {
        await using var stub = await StubConsul.SayingAsync(404, "", 5);
        await using var store = Consuls.StoreOn(stub.Address);
        (await Should.ThrowAsync<ArgumentException>(() => store.FindAsync(key, None))).Message.ShouldContain(key);
        stub.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("weights/a b", "/v1/kv/traffic-shifter/weights/a%20b")]
    [InlineData("weights/ü?x=1#y", "/v1/kv/traffic-shifter/weights/%C3%BC%3Fx=1%23y")]
    public async Task Any_other_key_is_escaped_and_arrives(string key, string path)
    {
        await using var stub = await StubConsul.SayingAsync(404, "", 5);
        await using var store = Consuls.StoreOn(stub.Address);
        (await store.FindAsync(key, None)).ShouldBeNull();
        stub.Requests.ShouldBe([$"GET {path}"]);
    }

    [Fact]
    public async Task Token_and_datacentre_go_with_every_request_and_into_no_message()
    {
        string? token = null;
        await using var stub = await StubConsul.StartAsync(context =>
        {
            token = context.Request.Headers["X-Consul-Token"];
            return StubConsul.SayAsync(context, 403, "Permission denied");
        });
        using var http = ConsulClient.CreateHttp();
        var options = new ConsulOptions { Address = stub.Address, Token = "very-secret", Datacenter = "dc-2" };
        await using var store = new ConsulTrafficStore(new ConsulClient(options, http, TimeProvider.System), TimeProvider.System);

        (await Should.ThrowAsync<StoreRefusedException>(() => CommitAsync(store))).Message.ShouldBe($"Consul {Short(stub.Address)} refused PUT /v1/txn: 403 Permission denied");
        await Should.ThrowAsync<StoreRefusedException>(() => store.ListAsync("feed/", None));
        await Should.ThrowAsync<StoreRefusedException>(() => store.TryHoldAsync("live/node-1", "x", None));
        stub.Requests.ShouldAllBe(request => request.Contains("dc=dc-2", StringComparison.Ordinal));
        token.ShouldBe("very-secret");
    }

    private static Task<CommitResult> CommitAsync(ConsulTrafficStore store) =>
        store.CommitAsync(ChangeSet.Empty.With(new Change.Set("weights/shop", "secret-value")), None);

    private static string Short(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
