using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Migrations;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Migrations;

/// <summary>A pipeline on loopback that is asked for what green lacks.</summary>
public sealed class ReleaseDeskTests : IAsyncLifetime
{
    private const string Secret = "a-secret-of-this-test";
    private const string Campaign = "migration/to-cilium";
    private static readonly DateTimeOffset Began = new(2026, 11, 21, 11, 0, 0, TimeSpan.Zero);
    private readonly ManualTime _time = new();
    private readonly Readiness _lacking = Readiness.Of(AppName.Parse("shop"), Colour.Green, [new Finding("version", Verdict.NotReady, "green is of version v1, blue of v2")], default, new SideVersions("v2", "v1"));
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _server = await RunningServer.StartNewAsync(_time);
        await _server.StopAsync();
        await StartServerAsync();
        (await _server.PutAsync("/api/v1/apps/shop", $$$"""{"routing":{"backend":"shop_back"},"preflight":{"release":{"url":"http://127.0.0.1:{{{_receiver.Port}}}/deploy/{{app}}/{{colour}}","deadline":"10m"} } }""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync("/api/v1/apps/shop/status", status => status["observed"]!.GetValue<bool>(), "shop observed");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_pipeline_is_asked_once_signed_and_told_what_is_wanted()
    {
        _receiver.Answer = Receiver.Status(202);
        await UntilAsync<ReleaseTurn.Waiting>(t => t.Release.Phase == ReleasePhase.Waiting, "the pipeline has taken it");
        await UntilAsync<ReleaseTurn.Waiting>(t => t.Release.Waited > TimeSpan.FromMinutes(2), "two minutes");

        var asked = _receiver.Received.ShouldHaveSingleItem();
        asked.Path.ShouldBe("/deploy/shop/green");
        asked.Headers[Signature.SignatureHeader].ShouldBe(Signature.Of(Secret, asked.Headers[Signature.TimestampHeader], asked.Body));
        var told = JsonNode.Parse(asked.Body)!;
        (told["version"]!.GetValue<string>(), told["colour"]!.GetValue<string>(), told["campaign"]!.GetValue<string>(), told["delivery"]!.GetValue<string>()).ShouldBe(("v2", "green", Campaign, asked.Delivery));

        var ready = Readiness.Of(_lacking.App, Colour.Green, [new Finding("version", Verdict.Ready, "both colours are of version v2")], default, new SideVersions("v2", "v2"));
        (await TakeTurnAsync(ready)).ShouldBeOfType<ReleaseTurn.Ready>().Sentence.ShouldStartWith("ready after 2m");
        (await KindsAsync()).ShouldBe(["app.created", "release.asked", "release.taken", "release.done"]);
        (await _server.ReadAsync("releases/shop"))["phase"]!.GetValue<string>().ShouldBe("done");
    }

    [Fact]
    public async Task A_process_that_died_while_it_asked_is_followed_by_one_that_asks_under_the_same_id_and_what_was_noted_is_not_asked_again()
    {
        _receiver.Answer = http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        await TakeTurnAsync(_lacking);
        await _server.EventuallyAsync(() => _receiver.Received.Count == 1, "the first request");
        await _server.StopAsync();

        _receiver.Answer = Receiver.Status(202);
        await StartServerAsync();
        await UntilAsync<ReleaseTurn.Waiting>(t => t.Release.Phase == ReleasePhase.Waiting, "the pipeline has taken it");
        _receiver.Received.Select(r => r.Body).ShouldBe([_receiver.Received[0].Body, _receiver.Received[0].Body]);

        await _server.StopAsync();
        await StartServerAsync();
        await UntilAsync<ReleaseTurn.Failed>(_ => true, "the deadline");
        _receiver.Received.Count.ShouldBe(2);
        (await KindsAsync()).ShouldBe(["app.created", "release.asked", "release.taken", "release.expired"]);
    }

    [Fact]
    public async Task A_pause_is_not_time_that_the_pipeline_had()
    {
        _receiver.Answer = Receiver.Status(202);
        await UntilAsync<ReleaseTurn.Waiting>(t => t.Release.Phase == ReleasePhase.Waiting, "the pipeline has taken it");
        var before = (await TakeTurnAsync(_lacking)).ShouldBeOfType<ReleaseTurn.Waiting>().Release.Waited;
        // The lease is kept meanwhile by the store in memory, whose sessions do not run out by this clock.
        _time.Advance(TimeSpan.FromHours(1));
        (await TakeTurnAsync(_lacking)).ShouldBeOfType<ReleaseTurn.Waiting>().Release.Waited.ShouldBe(before + TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Who_leads_reads_a_release_again_only_after_somebody_else_wrote_it()
    {
        _receiver.Answer = http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        await TakeTurnAsync(_lacking);
        var asked = 0;
        _server.Store.Hangs = key => key == "releases/shop" && Interlocked.Increment(ref asked) < 0;
        for (var i = 0; i < 3; i++) (await TakeTurnAsync(_lacking)).ShouldBeOfType<ReleaseTurn.Waiting>();
        asked.ShouldBe(0, "nothing was to be written, and nobody else writes");

        _server.Store.Hangs = null;
        await _server.WriteAsync("releases/shop", (await _server.ReadAsync("releases/shop")).ToJsonString().Replace("not ready", "not at all ready", StringComparison.Ordinal));
        ReleaseTurn turn;
        var turns = 0;
        do
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            turn = await TakeTurnAsync(_lacking);
        }
        while (turn is ReleaseTurn.Waiting && ++turns < 4);
        turn.ShouldBeOfType<ReleaseTurn.None>("its clock is written every 15 s, and another wrote in between");
        (await TakeTurnAsync(_lacking)).ShouldBeOfType<ReleaseTurn.Waiting>().Release.Sentence.ShouldStartWith("not at all ready");
    }

    [Fact]
    public async Task Without_leadership_nobody_is_asked()
    {
        var turn = await Desk.TurnAsync(_lacking, Campaign, Began, null, new LeaderFence("locks/controller", "somebody-else"), default);
        turn.ShouldBeOfType<ReleaseTurn.None>();
        await _server.EventuallyAsync("/api/v1/apps/shop", _ => true, "a round trip");
        _receiver.Received.ShouldBeEmpty();
        (await _server.Store.FindAsync("releases/shop", default)).ShouldBeNull();
    }

    private ReleaseDesk Desk => _server.Services.GetRequiredService<ReleaseDesk>();

    private Task StartServerAsync() => _server.StartAsync(more: ["--Egress:Networks=127.0.0.0/8", $"--Hooks:Secret={Secret}"]);

    private async Task UntilAsync<T>(Func<T, bool> expected, string theEvent)
        where T : ReleaseTurn
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            var turn = await TakeTurnAsync(_lacking);
            if (turn is T found && expected(found)) return;
            patience.IsCancellationRequested.ShouldBeFalse($"after 30 s still missing: {theEvent}; it is {turn}");
            await _server.GetAsync("/healthz");
        }
    }

    private async Task<ReleaseTurn> TakeTurnAsync(Readiness readiness)
    {
        var lease = _server.Services.GetRequiredService<ILeaderLease>();
        await _server.EventuallyAsync(() => lease.Fence is not null, "leadership");
        return await Desk.TurnAsync(readiness, Campaign, Began, null, lease.Fence!, default);
    }

    private async Task<List<string>> KindsAsync() =>
        [.. (await _server.GetAsync("/api/v1/history?app=shop&limit=100")).Json!.AsArray().Reverse().Select(h => h!["kind"]!.GetValue<string>())];
}
