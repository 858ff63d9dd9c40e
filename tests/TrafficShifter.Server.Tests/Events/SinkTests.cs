using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Events;

/// <summary>Sinks are told what happened, by real requests to a receiver on loopback.</summary>
public sealed class SinkTests : IAsyncLifetime
{
    private const string Secret = "a-secret-of-this-test";
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _server = await RunningServer.StartNewAsync();
        await _server.StopAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Every_change_is_told_once_signed_in_order_and_after_the_traffic_moved()
    {
        await StartAsync();
        var greens = new List<int>();
        _receiver.Answer = http =>
        {
            greens.Add(_server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1"));
            http.Response.StatusCode = 204;
            return Task.CompletedTask;
        };
        await _server.RegisterShopAsync();
        await SeeAsync(1);
        await ShiftAsync(50);
        await SeeAsync(2);
        await _server.PostAsync("/api/v1/apps/shop/rollback");
        await SeeAsync(3);

        _receiver.Received.Select(r => JsonNode.Parse(r.Body)!["event"]!["kind"]!.GetValue<string>()).ShouldBe(["app.created", "weights.set", "app.rolledBack"]);
        _receiver.Received.Select(r => r.Delivery).ShouldBe(await DeliveriesAsync());
        foreach (var got in _receiver.Received)
        {
            got.Headers[Signature.SignatureHeader].ShouldBe(Signature.Of(Secret, got.Headers[Signature.TimestampHeader], got.Body));
            JsonNode.Parse(got.Body)!["delivery"]!.GetValue<string>().ShouldBe(got.Delivery);
        }
        greens[0].ShouldBe(0);
        greens[1].ShouldBeGreaterThan(0);
        greens[2].ShouldBe(0);
    }

    [Fact]
    public async Task A_sink_that_fails_is_asked_again_with_the_same_delivery_until_it_takes_it()
    {
        var left = 2;
        _receiver.Answer = http => { http.Response.StatusCode = left-- > 0 ? 503 : 204; return Task.CompletedTask; };
        await StartAsync();
        await _server.RegisterShopAsync();

        await SeeAsync(3);

        _receiver.Received.Select(r => r.Delivery).Distinct().ShouldBe(await DeliveriesAsync());
        var sink = await _server.EventuallyAsync("/api/v1/sinks", s => s[0]!["progress"]!["delivered"]!.GetValue<int>() == 1, "the delivery is noted");
        sink[0]!["pending"]!.GetValue<int>().ShouldBe(0);
        sink[0]!["progress"]!["failures"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task A_sink_that_refuses_leaves_a_dead_letter_and_hears_of_what_comes_next()
    {
        _receiver.Answer = Receiver.Status(404);
        await StartAsync();
        await _server.RegisterShopAsync();
        var letters = await _server.EventuallyAsync("/api/v1/sinks/ops/dead-letters", l => l.AsArray().Count == 1, "a dead letter");
        _receiver.Answer = Receiver.Status(200);
        await ShiftAsync(10);

        await SeeAsync(2);

        letters[0]!["problem"]!.GetValue<string>().ShouldBe("127.0.0.1 answered 404; it is not tried again");
        letters[0]!["delivery"]!.GetValue<string>().ShouldBe(_receiver.Received[0].Delivery);
        letters[0]!["event"]!["kind"]!.GetValue<string>().ShouldBe("app.created");
        (await _server.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_dead_letters_total{sink=\"ops\"} 1");
    }

    [Fact]
    public async Task A_sink_that_is_away_for_too_long_is_given_up_event_by_event()
    {
        _receiver.Answer = Receiver.Status(500);
        await StartAsync("--Events:GiveUpAfter=00:00:01");
        await _server.RegisterShopAsync();

        var letters = await _server.EventuallyAsync("/api/v1/sinks/ops/dead-letters", l => l.AsArray().Count == 1, "a dead letter");

        letters[0]!["attempts"]!.GetValue<int>().ShouldBeGreaterThan(1);
        _receiver.Received.Select(r => r.Delivery).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_sink_that_hangs_delays_neither_traffic_nor_another_sink()
    {
        await using var hung = await Receiver.StartAsync();
        hung.Answer = http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        await StartAsync("--Events:Sinks:1:Name=hung", $"--Events:Sinks:1:Url=http://127.0.0.1:{hung.Port}/", "--Events:Timeout=00:00:04");
        await _server.RegisterShopAsync();
        await _server.EventuallyAsync(() => hung.Received.Count > 0, "the sink hangs");

        (await _server.PutAsync("/api/v1/apps/shop/weights?wait=3s", """{"blue":50,"green":50}""")).ShouldBe(HttpStatusCode.OK);

        await SeeAsync(2);
        hung.Received.Select(r => r.Delivery).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_was_sent_and_not_noted_before_a_kill_is_sent_again_with_the_same_delivery()
    {
        await StartAsync();
        await _server.RegisterShopAsync();
        await SeeAsync(1);
        await _server.EventuallyAsync("/api/v1/sinks", s => s[0]!["progress"]!["delivered"]!.GetValue<int>() == 1, "the delivery is noted");

        // The cursor as it would be had the process died between sending and noting.
        var noted = (await _server.Store.FindAsync(Keys.Delivery("ops"), default))!;
        var cursor = Reading.Of<DeliveryCursor>(noted).Find()!;
        await _server.StopAsync();
        await StartAsync(async () => await _server.WriteAsync(Keys.Delivery("ops"), DocumentJson.Write(cursor with { Position = new EventPosition(cursor.Position.Index, 0), Delivered = 0 })));
        await SeeAsync(2);

        _receiver.Received.Select(r => r.Delivery).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Neither_secret_nor_URL_is_in_an_answer_or_in_the_store()
    {
        await StartAsync();
        await _server.RegisterShopAsync();
        await SeeAsync(1);

        var sinks = (await _server.GetAsync("/api/v1/sinks")).Text;
        var stored = string.Concat((await _server.Store.ListAsync("", default)).Entries.Select(e => e.Value));

        sinks.ShouldContain("\"host\":\"127.0.0.1\"");
        (sinks + stored).ShouldNotContain(Secret);
        (sinks + stored).ShouldNotContain("/hidden-path");
    }

    [Fact]
    public async Task A_sink_that_there_is_none_of_is_not_found()
    {
        await StartAsync();

        (await _server.GetAsync("/api/v1/sinks/nobody/dead-letters")).ShouldBeProblem(404, "not-found", null, "Events:Sinks");
        (await _server.GetAsync("/api/v1/sinks/No_Name/dead-letters")).ShouldBeProblem(400, "bad-name", null, "a sink name");
    }

    private Task StartAsync(params string[] more) => StartAsync(null, more);

    private async Task StartAsync(Func<Task>? storeEdit, params string[] more)
    {
        string[] sink = ["--Egress:Networks=127.0.0.0/8", "--Events:Sinks:0:Name=ops", $"--Events:Sinks:0:Url=http://127.0.0.1:{_receiver.Port}/hidden-path", $"--Events:Sinks:0:Secret={Secret}", .. more];
        if (storeEdit is not null)
        {
            await _server.StartAsync();
            await storeEdit();
            await _server.StopAsync();
        }
        await _server.StartAsync(more: sink);
        await _server.EventuallyAsync("/api/v1/sinks", s => s.AsArray().Count > 0, "the sink has begun");
    }

    private async Task ShiftAsync(int green) =>
        (await _server.PutAsync("/api/v1/apps/shop/weights", FormattableString.Invariant($$"""{"blue":{{100 - green}},"green":{{green}}}"""))).IsSuccess.ShouldBeTrue();

    private Task SeeAsync(int count) => _server.EventuallyAsync(() => _receiver.Received.Count >= count, $"{count} requests at the receiver");

    /// <summary>What the history says that the sink must be told, oldest first.</summary>
    private async Task<IEnumerable<string>> DeliveriesAsync() =>
        (await _server.GetAsync("/api/v1/history?app=shop")).Json!.AsArray().Reverse().Select(h => $"shop/{h!["id"]!.GetValue<string>()}/ops");
}
