using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Events;

public sealed class EventStreamTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_happens_is_told_as_it_happens_and_only_once()
    {
        using var stream = await SseReader.OpenAsync(_server);
        (await stream.NextAsync()).ShouldNotBeNull().Id.ShouldNotBeNull();

        await ShiftAsync(10);
        await ShiftAsync(20);

        var first = await stream.NextEventAsync();
        first.Kind.ShouldBe("weights.set");
        first.Name.ShouldBeNull();
        first.Data.ShouldNotBeNull().ShouldContain("\"reason\":\"a test\"");
        var second = await stream.NextEventAsync();
        EventPosition.Parse(second.Id!).ShouldBeGreaterThan(EventPosition.Parse(first.Id!));
        var history = await _server.GetAsync("/api/v1/history?app=shop&limit=2");
        history.Json!.AsArray().Select(h => h!["id"]!.GetValue<string>()).ShouldBe([IdOf(second), IdOf(first)]);
    }

    [Fact]
    public async Task A_reader_that_comes_back_gets_what_it_missed_with_the_same_ids()
    {
        SseBlock first;
        using (var stream = await SseReader.OpenAsync(_server))
        {
            await stream.NextAsync();
            await ShiftAsync(10);
            first = await stream.NextEventAsync();
        }
        await ShiftAsync(20);
        await ShiftAsync(30);

        using var again = await SseReader.OpenAsync(_server, first.Id);
        using var other = await SseReader.OpenAsync(_server, first.Id);
        var missed = new[] { await again.NextEventAsync(), await again.NextEventAsync() };

        missed.Select(IdOf).ShouldBeUnique();
        missed.ShouldAllBe(m => EventPosition.Parse(m.Id!) > EventPosition.Parse(first.Id!));
        new[] { await other.NextEventAsync(), await other.NextEventAsync() }.ShouldBe(missed);
    }

    [Fact]
    public async Task A_reader_may_ask_for_one_application()
    {
        _server.LoadBalancer.HAProxy.Configure("other_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync("/api/v1/apps/other", """{"routing":{"backend":"other_back"}}""")).IsSuccess.ShouldBeTrue();
        using var stream = await SseReader.OpenAsync(_server, "0-0", "?app=other");

        var created = await stream.NextEventAsync();

        created.Data.ShouldNotBeNull().ShouldContain("\"app\":\"other\"");
    }

    [Fact]
    public async Task Who_missed_what_is_not_kept_any_more_is_told_so()
    {
        await _server.WriteAsync(Keys.OutboxTrimmed, DocumentJson.Write(new OutboxTrim { Index = 1_000_000 }));
        using var stream = await SseReader.OpenAsync(_server, "3-1");

        var gap = await stream.NextEventAsync();

        gap.Name.ShouldBe("gap");
        gap.Data.ShouldNotBeNull().ShouldContain("GET /api/v1/history");
    }

    [Fact]
    public async Task An_id_of_another_store_is_a_gap_and_what_comes_then_is_told()
    {
        using var stream = await SseReader.OpenAsync(_server, "999999-1");
        (await stream.NextEventAsync()).Name.ShouldBe("gap");

        await ShiftAsync(10);

        (await stream.NextEventAsync()).Kind.ShouldBe("weights.set");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("12")]
    public async Task An_id_that_is_none_is_refused(string id) =>
        (await _server.SendAsync(HttpMethod.Get, "/api/v1/events", null, ("Last-Event-ID", id))).ShouldBeProblem(400, "bad-last-event-id", null, "1234-1");

    [Fact]
    public async Task A_name_that_is_none_is_refused() => (await _server.GetAsync("/api/v1/events?app=No_Name")).ShouldBeProblem(400, "bad-name", null, "");

    [Fact]
    public async Task No_token_no_stream()
    {
        using var stranger = new HttpClient { BaseAddress = _server.Address };

        (await Answer.ReadAsync(await stranger.GetAsync("/api/v1/events"))).ShouldBeProblem(401, "unauthenticated", null, "Bearer");
    }

    [Fact]
    public async Task There_are_only_so_many_streams_and_a_reader_that_goes_makes_room()
    {
        var streams = _server.Services.GetRequiredService<EventStreams>();
        for (var i = 0; i < EventStreams.Most; i++) streams.TryOpen().ShouldBeTrue();

        (await _server.GetAsync("/api/v1/events")).ShouldBeProblem(503, "too-many-streams", null, "another replica");

        streams.Close();
        using (await SseReader.OpenAsync(_server)) streams.Count.ShouldBe(EventStreams.Most);
        await _server.EventuallyAsync(() => streams.Count == EventStreams.Most - 1, "the stream's place is free again");
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_is_cut()
    {
        var time = new ManualTime();
        var http = new DefaultHttpContext();
        var connection = new Connection();
        http.Features.Set<IHttpRequestLifetimeFeature>(connection);
        http.Response.Body = new StuckBody();
        var running = new EventReader(http, _server.Services.GetRequiredService<OutboxFollower>(), _ => true, () => null, time, CancellationToken.None).RunAsync(Outbox.Empty, null);

        time.Advance(EventReader.Patience - TimeSpan.FromTicks(1));
        connection.IsAborted.ShouldBeFalse();
        time.Advance(TimeSpan.FromTicks(1));

        await Awaiting.ForAsync(running, "the end of a stream that nobody reads");
        connection.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_stream_without_events_has_a_heartbeat_that_carries_its_place()
    {
        var time = new ManualTime();
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;
        using var stop = new CancellationTokenSource();
        var follower = _server.Services.GetRequiredService<OutboxFollower>();
        using var listening = follower.Listen();
        var running = new EventReader(http, follower, _ => true, () => null, time, stop.Token).RunAsync(await follower.ReadAsync(CancellationToken.None), new EventPosition(1_000, 1));

        await _server.EventuallyAsync(() => Beat() && System.Text.Encoding.UTF8.GetString(body.ToArray()).Contains(": heartbeat\n\n", StringComparison.Ordinal), "a heartbeat");
        await stop.CancelAsync();

        await Awaiting.ForAsync(running, "the end of the stream");
        System.Text.Encoding.UTF8.GetString(body.ToArray()).ShouldMatch(@"id: \d+-\d+\n: heartbeat\n\n$");

        bool Beat()
        {
            time.Advance(EventReader.Heartbeat);
            return true;
        }
    }

    [Fact]
    public async Task A_server_that_ends_ends_its_streams()
    {
        using var stream = await SseReader.OpenAsync(_server);
        await stream.NextAsync();

        await Awaiting.ForAsync(_server.StopAsync(), "the end of a server with an open stream");

        try
        {
            (await stream.NextAsync()).ShouldBeNull();
        }
        catch (IOException)
        {
            // Ended by a reset instead of a last chunk: what matters is that the server did not wait for its reader.
        }
    }

    private async Task ShiftAsync(int green) =>
        (await _server.PutAsync("/api/v1/apps/shop/weights", FormattableString.Invariant($$"""{"blue":{{100 - green}},"green":{{green}},"reason":"a test"}"""))).IsSuccess.ShouldBeTrue();

    private static string IdOf(SseBlock block) => System.Text.Json.Nodes.JsonNode.Parse(block.Data!)!["id"]!.GetValue<string>();

    /// <summary>Takes nothing, as a client that does not read once all buffers are full.</summary>
    private sealed class StuckBody : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await Task.Delay(Timeout.Infinite, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}
