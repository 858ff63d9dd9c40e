using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Migrations;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Migrations;

/// <summary>Probes of what a migration holds: both colours, for as long as it holds it, whoever leads.</summary>
public sealed class ProbeWorkerTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _server = await RunningServer.StartNewAsync(_time);
        await _server.StopAsync();
        await StartServerAsync();
        (await _server.PutAsync("/api/v1/apps/shop", """{"routing":{"backend":"shop_back"},"labels":{"tier":"web"}}""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync("/api/v1/apps/shop/status", status => status["observed"]!.GetValue<bool>(), "shop observed");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Both_colours_are_probed_while_the_migration_holds_the_application_and_the_counts_stay()
    {
        var greenIsDown = false;
        _receiver.Answer = http =>
        {
            http.Response.StatusCode = greenIsDown && http.Request.Path.StartsWithSegments("/green") ? 503 : 200;
            return Task.CompletedTask;
        };
        await HoldAsync();
        await AskedAsync(3);
        greenIsDown = true;
        var failing = await ProbesAsync(p => p["apps"]!.AsArray() is [{ } shop] && shop["green"]!["failures"]!.GetValue<int>() >= 2, "two failures");
        failing["failed"]!.GetValue<int>().ShouldBe(1);
        failing["apps"]![0]!["green"]!["first"]!["sentence"]!.GetValue<string>().ShouldMatch("^green: 127\\.0\\.0\\.1 answered 503 in .*, expected 200-299$");
        (failing["apps"]![0]!["blue"]!["failures"]!.GetValue<int>(), failing["blue"]!["failures"]!.GetValue<int>()).ShouldBe((0, 0));
        var metrics = (await _server.GetAsync("/metrics")).Text;
        metrics.ShouldContain("trafficshifter_probe_failing{migration=\"m1\",app=\"shop\",colour=\"green\"} 1\n");
        metrics.ShouldMatch("trafficshifter_probe_requests_total\\{migration=\"m1\",colour=\"blue\",outcome=\"passed\"\\} [1-9]");
        greenIsDown = false;
        await ProbesAsync(p => p["apps"]![0]!["green"]!["failingInARow"]!.GetValue<int>() == 0, "green is back");

        await LetGoAsync();
        var ended = await ProbesAsync(p => p["apps"]![0]!["endedAt"] is not null, "the end");
        var (probes, failures) = (ended["apps"]![0]!["green"]!["probes"]!.GetValue<int>(), ended["apps"]![0]!["green"]!["failures"]!.GetValue<int>());
        (probes > failures && failures >= 2).ShouldBeTrue($"{failures} of {probes}");
        var asked = _receiver.Received.Count;
        await PassAsync(TimeSpan.FromMinutes(2));
        _receiver.Received.Count.ShouldBe(asked);
        (await _server.GetAsync("/metrics")).Text.ShouldNotContain("trafficshifter_probe_");
    }

    [Fact]
    public async Task Whoever_leads_next_goes_on_counting_after_an_orderly_stop()
    {
        await HoldAsync();
        await AskedAsync(4);
        await _server.Services.GetRequiredService<ProbeWorker>().StopAsync(default);
        await _server.StopAsync();
        await StartServerAsync();
        await AskedAsync(8);
        await LetGoAsync();

        var ended = await ProbesAsync(p => p["apps"]!.AsArray() is [{ } shop] && shop["endedAt"] is not null, "the end");
        ended["apps"]![0]!["green"]!["probes"]!.GetValue<int>().ShouldBeGreaterThanOrEqualTo(6, "of each process the one that was under way may be missing");
    }

    [Fact]
    public async Task A_process_that_dies_takes_less_than_a_minute_of_counts_with_it()
    {
        await HoldAsync();
        var before = (await ProbesAsync(_ => true, "the first minute's counts"))["apps"]![0]!;
        await _server.StopAsync();
        await StartServerAsync();

        var after = (await ProbesAsync(p => p["apps"]![0]!["green"]!["probes"]!.GetValue<int>() > before["green"]!["probes"]!.GetValue<int>(), "more counts"))["apps"]![0]!;
        after["beganAt"]!.GetValue<string>().ShouldBe(before["beganAt"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_parity_of_a_migration_is_asked_by_its_own_preflight()
    {
        await HoldAsync();
        _receiver.Answer = Receiver.Status(404);
        var page = await _server.EventuallyAsync("/api/v1/migrations/m1/parity", p => p["apps"]!.AsArray() is [{ } shop] && !shop["ready"]!.GetValue<bool>(), "not ready");
        page["apps"]![0]!["findings"]!.AsArray().Select(f => $"{f!["check"]} {f["verdict"]}").ShouldBe(["servers ready", "probe/blue notReady", "probe/green notReady"]);
        (await _server.GetAsync("/api/v1/migrations/none/parity")).ShouldBeProblem(404, "not-found", null, "there is no migration \"none\"");
        (await _server.GetAsync("/api/v1/migrations/a%20b/probes")).ShouldBeProblem(400, "bad-name", null, "a migration's name");
    }

    /// <summary>A migration that is paused moves nothing, and holds what it has.</summary>
    private async Task HoldAsync()
    {
        var state = (await _server.Store.FindAsync("state/shop", default))!;
        var held = JsonNode.Parse(state.Value)!;
        held["campaign"] = "migration/m1";
        var migration = $$$"""
            {"name":"m1","definition":{"to":"green","waves":[{"name":"all","select":{"labels":{"tier":"web"} } }],"preflight":{"probe":{"url":"http://127.0.0.1:{{{_receiver.Port}}}/{{colour}}/{{app}}","interval":"5s"} } },
             "phase":"paused","waves":[{}],"by":"admin","at":"{{{_time.GetUtcNow():O}}}","startedBy":"admin","startedAt":"{{{_time.GetUtcNow():O}}}","schema":1}
            """;
        await CommitAsync(new Change.Set("migrations/m1", migration), new Change.Put("state/shop", held.ToJsonString(), state.ModifyIndex));
    }

    private async Task LetGoAsync()
    {
        var state = (await _server.Store.FindAsync("state/shop", default))!;
        var free = JsonNode.Parse(state.Value)!;
        free.AsObject().Remove("campaign");
        await CommitAsync(new Change.Put("state/shop", free.ToJsonString(), state.ModifyIndex));
    }

    private async Task CommitAsync(params Change[] changes)
    {
        var writer = new TrafficShifter.Server.Traffic.TrafficWriter(_server.Store, "test", _time);
        (await writer.CommitAsync(ChangeSet.Empty.With(changes), default)).ShouldBeOfType<CommitResult.Committed>();
    }

    private Task StartServerAsync() => _server.StartAsync(more: ["--Egress:Networks=127.0.0.0/8"]);

    private Task AskedAsync(int count) => _server.EventuallyAsync(() => _receiver.Received.Count(r => r.Path == "/green/shop") >= count && _receiver.Received.Count(r => r.Path == "/blue/shop") >= count, $"{count} probes of each colour");

    private Task<JsonNode> ProbesAsync(Func<JsonNode, bool> expected, string theEvent) => _server.EventuallyAsync("/api/v1/migrations/m1/probes", p => p["apps"]!.AsArray().Count > 0 && expected(p), theEvent);

    private async Task PassAsync(TimeSpan time)
    {
        var until = _time.GetUtcNow() + time;
        await _server.EventuallyAsync(() => _time.GetUtcNow() >= until, $"{time} going by");
    }
}
