using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Migrations;

/// <summary>Whole migrations over real HTTP, in a time that only these tests move.</summary>
public sealed class MigrationTests : IAsyncLifetime
{
    private const string Move = "/api/v1/migrations/move";
    private static readonly string[] Apps = ["a", "b", "c", "d", "e"];
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        (await _server.PutAsync("/api/v1/plans/short", """
            {"steps":[{"share":"50%","hold":"5s"}],"checks":[{"name":"errors","query":"errors{app=\"{{app}}\",colour=\"{{colour}}\"}","max":0.01,"window":"5s","interval":"1s","failuresInARow":2}]}
            """)).ShouldBe(HttpStatusCode.Created);
        foreach (var (app, i) in Apps.Select((a, i) => (a, i)))
        {
            _server.LoadBalancer.HAProxy.Configure($"{app}_back", ("blue1", 100), ("green1", 100));
            (await _server.PutAsync($"/api/v1/apps/{app}", $$"""{"routing":{"backend":"{{app}}_back"},"plan":"short","labels":{"tier":"{{(i < 2 ? "web" : "shop")}}"},"criticality":{{i * 10}},"owners":["team-{{app}}"]}""")).ShouldBe(HttpStatusCode.Created);
            foreach (var colour in new[] { "blue", "green" }) _server.Metrics.Set($"errors{{app=\"{app}\",colour=\"{colour}\"}}", 0.001);
        }
        await _server.EventuallyAsync("/api/v1/apps/e/status", s => s["observed"]!.GetValue<bool>(), "e observed");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Applications_move_wave_by_wave_and_the_campaign_survives_two_restarts()
    {
        _server.Metrics.Set("errors{app=\"c\",colour=\"green\"}", 0.5);
        await StoreAsync("""{"to":"green","parallelism":2,"attempts":2,"retryAfter":"5s","stop":{"rollbacks":3},"waves":[{"name":"web","select":{"labels":{"tier":"web"}}},{"name":"shop","gate":"approve","select":{"labels":{"tier":"shop"}}}]}""");
        (await _server.PostAsync(Move + "/start", """{"reason":"new network"}""")).ShouldBe(HttpStatusCode.OK)["phase"].GetValue<string>().ShouldBe("starting");
        await UntilAsync(m => m["counts"]!["moving"]!.GetValue<int>() == 2, "a and b move");
        (await _server.ReadAsync("state/e"))["campaign"]!.GetValue<string>().ShouldBe("migration/move");
        (await _server.GetAsync(Move)).Json!["heldBy"]!.GetValue<string>().ShouldBe("wave web moves a, b, 2 at once");
        await RestartAsync();
        var gate = await UntilAsync(m => m["decisions"]!.AsArray()[^1]!["kind"]!.GetValue<string>() == "gateReached", "the gate of shop");
        gate["waves"]![1]!["phase"]!.GetValue<string>().ShouldBe("gate");
        gate["heldBy"]!.GetValue<string>().ShouldBe("wave shop waits for approval");
        gate["waves"]![0]!["sentence"]!.GetValue<string>().ShouldBe("2 moved");
        gate["forecast"]!["sentence"]!.GetValue<string>().ShouldContain("the wait for 1 approval not counted");
        gate["stopRule"]!.GetValue<string>().ShouldBe("0 of 3 rollbacks used");
        (await _server.PostAsync(Move + "/approve")).ShouldBe(HttpStatusCode.OK);
        await UntilAsync(m => m["counts"]!["moved"]!.GetValue<int>() >= 3, "d or e moved");
        await RestartAsync();
        await UntilAsync(m => m["phase"]!.GetValue<string>() == "done", "the end");

        var report = (await _server.GetAsync(Move + "/report")).ShouldBe(HttpStatusCode.OK);
        report["sentence"].GetValue<string>().ShouldBe("nothing: done: 4 moved, 1 rolled back");
        var apps = report["apps"].AsArray().ToDictionary(a => a!["app"]!.GetValue<string>(), a => a!);
        apps["c"]["sentence"]!.GetValue<string>().ShouldStartWith("errors: 0.5 is beyond max 0.01");
        (apps["c"]["phase"]!.GetValue<string>(), apps["c"]["attempts"]!.GetValue<int>(), apps["c"]["wave"]!.GetValue<string>()).ShouldBe(("rolledBack", 2, "shop"));
        foreach (var app in Apps)
        {
            var state = await _server.ReadAsync($"state/{app}");
            (state["stable"]!.GetValue<string>(), state["campaign"], state["rollout"]).ShouldBe((app == "c" ? "blue" : "green", null, null), app);
            var weights = await _server.ReadAsync($"weights/{app}");
            (weights["blue"]!.GetValue<int>(), weights["green"]!.GetValue<int>()).ShouldBe(app == "c" ? (100, 0) : (0, 100), app);
            (await _server.Store.ListAsync($"rollouts/{app}/", CancellationToken.None)).Entries.Count.ShouldBe(app == "c" ? 2 : 1, app);
        }
        (await KindsAsync("-")).ShouldBe(["plan.created", "migration.created", "migration.started", "migration.running", "migration.waveBegan", "migration.waveEnded", "migration.gateReached", "migration.approved", "migration.waveBegan", "migration.waveEnded", "migration.done"]);
        (await KindsAsync("c")).Where(k => k.StartsWith("migration.", StringComparison.Ordinal)).ShouldBe(["migration.appRetried", "migration.appRolledBack"]);
        (await _server.GetAsync("/api/v1/apps/a/rollouts")).Json![0]!["startedBy"]!.GetValue<string>().ShouldBe("migration move");
        await _server.WriteAsync("probes/move/a", "{}");
        (await _server.DeleteAsync(Move)).ShouldBe(HttpStatusCode.NoContent);
        (await _server.Store.ListAsync("moves/", CancellationToken.None)).Entries.ShouldBeEmpty();
        (await _server.Store.ListAsync("probes/", CancellationToken.None)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_wrong_is_refused_with_everything_that_is_wrong_and_nothing_moved()
    {
        var refused = await _server.PutAsync(Move, """{"to":"green","waves":[{"name":"one","select":{"apps":["a","gone"]}},{"name":"two","select":{"owners":["team-a"]}},{"name":"three","select":{"owners":["nobody"]}}]}""");
        refused.ShouldBe(HttpStatusCode.UnprocessableEntity);
        refused["errors"].AsObject().Select(e => (e.Key, e.Value!.GetValue<string>())).ShouldBe([
            ("/waves/0/select/apps", "there is no application \"gone\""), ("/waves/1/select", "\"a\" is of wave one too: an application moves once"), ("/waves/2/select", "matches no application (owner nobody)")]);
        (await _server.PutAsync(Move, """{"to":"green","waves":[],"parallelism":0,"after":{"a":["b"],"b":["a"]}}"""))["errors"].AsObject().Select(e => e.Key).ShouldBe(["/waves", "/parallelism", "/after/a"]);
        foreach (var after in (string[])["""{"a":[null]}""", """{"a":null}"""])
            (await _server.PutAsync(Move, """{"to":"green","waves":[{"name":"one","select":{"apps":["a"]}}],"after":AFTER}""".Replace("AFTER", after, StringComparison.Ordinal))).ShouldBeProblem(400, "malformed", "/after", "null");
        (await _server.PutAsync(Move, """{"to":"green","waves":[{"name":"x","select":{"apps":["a"],"colour":"green"}}]}""")).ShouldBeProblem(400, "malformed", "/waves/0/select/colour", "not a field");

        await StoreAsync("""{"to":"green","waves":[{"name":"all","select":{"apps":["a","b","c","d"]}}]}""");
        (await _server.PostAsync("/api/v1/apps/a/rollback", "{}")).ShouldBe(HttpStatusCode.OK);
        (await _server.PostAsync("/api/v1/apps/b/rollouts", "{}")).ShouldBe(HttpStatusCode.Created);
        (await _server.PutAsync("/api/v1/migrations/other", """{"to":"green","waves":[{"name":"d","gate":"approve","select":{"apps":["d"]}}]}""")).ShouldBe(HttpStatusCode.Created);
        (await _server.PostAsync("/api/v1/migrations/other/start")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync("/api/v1/migrations/other", m => m["waves"]![0]!["phase"]!.GetValue<string>() == "gate", "the other's gate");
        var states = await _server.Store.ListAsync("state/", CancellationToken.None);
        var start = await _server.PostAsync(Move + "/start");
        start.ShouldBe(HttpStatusCode.UnprocessableEntity);
        start["errors"]["/waves/0"]!.GetValue<string>().ShouldBe("\"a\": all traffic is locked to blue by admin; \"b\": a rollout is running; \"d\": it is held by migration/other");
        (await _server.Store.ListAsync("state/", CancellationToken.None)).Entries.ShouldBe(states.Entries);
        (await _server.Store.ListAsync("moves/move/", CancellationToken.None)).Entries.ShouldBeEmpty();
        (await _server.PostAsync(Move + "/start?dryRun=true")).ShouldBe(HttpStatusCode.OK)["refusals"].AsObject().Count.ShouldBe(1);
        (await _server.DeleteAsync("/api/v1/migrations/other")).ShouldBeProblem(409, "conflict", null, "it is running and holds applications");
    }

    [Fact]
    public async Task A_dry_run_gives_the_whole_schedule_and_writes_nothing()
    {
        var dry = (await _server.PutAsync(Move + "?dryRun=true", """{"to":"green","parallelism":2,"pause":"1h","waves":[{"name":"web","select":{"labels":{"tier":"web"}}},{"name":"shop","select":{"criticality":{"min":20}}}]}""")).ShouldBe(HttpStatusCode.OK);
        var waves = dry["schedule"]["waves"]!.AsArray();
        waves[0]!["moves"]!.AsArray().Select(m => m!["app"]!.GetValue<string>()).ShouldBe(["a", "b"]);
        waves[1]!["moves"]!.AsArray().Select(m => m!["takes"]!.GetValue<string>()).ShouldBe(["5s", "5s", "5s"]);
        (DateTimeOffset.Parse(waves[1]!["begins"]!.GetValue<string>(), null) - DateTimeOffset.Parse(waves[0]!["ends"]!.GetValue<string>(), null)).ShouldBe(TimeSpan.FromHours(1));
        (await _server.GetAsync(Move)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task While_the_store_is_away_who_looks_gets_what_was_read_before_and_nothing_is_told()
    {
        await StoreAsync("""{"to":"green","waves":[{"name":"all","gate":"approve","select":{"apps":["a"]}}]}""");
        (await _server.GetAsync("/api/v1/migrations")).Json!.AsArray().Count.ShouldBe(1);
        (await _server.GetAsync(Move)).ShouldBe(HttpStatusCode.OK);
        _server.Store.GoAway();
        var old = (await _server.GetAsync(Move)).ShouldBe(HttpStatusCode.OK);
        old.Headers["Age"].ShouldNotBeNullOrEmpty();
        (await _server.GetAsync("/api/v1/migrations")).Json!.AsArray().Count.ShouldBe(1);
        (await _server.PostAsync(Move + "/start")).ShouldBeProblem(503, "store-unavailable", null, "Nothing was changed");
    }

    [Fact]
    public async Task What_is_ready_no_longer_is_paused_and_goes_on_when_it_is_again()
    {
        await StoreAsync("""{"to":"green","notReady":{"wait":"1h"},"waves":[{"name":"all","select":{"apps":["a","b"]}}]}""");
        _server.LoadBalancer.HAProxy.SetHealth("a_back", "green1", ServerHealth.Down);
        await _server.PostAsync(Move + "/start");
        var unready = await UntilAsync(m => m["counts"]!["notReady"]!.GetValue<int>() == 1 && m["counts"]!["moving"]!.GetValue<int>() == 1, "a is not ready, b goes before it");
        unready["waves"]![0]!["sentence"]!.GetValue<string>().ShouldBe("1 moving · 1 not ready (not ready: usable servers of green: 0 of 1 on hap1, at least 50% needed)");
        unready["attention"]!.AsArray().Single(a => a!["app"]!.GetValue<string>() == "a")!["findings"]![0]!["check"]!.GetValue<string>().ShouldBe("servers");
        await UntilAsync(m => Sentence(m, "b") == "step 1 of 1 at 50%", "b's first step");
        _server.LoadBalancer.HAProxy.SetHealth("b_back", "green1", ServerHealth.Down);
        var held = await UntilAsync(m => Sentence(m, "b").StartsWith("it is paused", StringComparison.Ordinal), "b's rollout is paused");
        held["heldBy"]!.GetValue<string>().ShouldStartWith("wave all waits for b: it is paused: paused by migration move");
        _server.LoadBalancer.HAProxy.SetHealth("b_back", "green1", ServerHealth.Up);
        _server.LoadBalancer.HAProxy.SetHealth("a_back", "green1", ServerHealth.Up);
        await UntilAsync(m => m["phase"]!.GetValue<string>() == "done", "the end");
        (await _server.GetAsync(Move + "/report"))["counts"]["moved"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_rule_stops_it_a_person_resumes_it_and_aborts_what_moves()
    {
        _server.Metrics.Set("errors{app=\"a\",colour=\"green\"}", 0.5);
        await StoreAsync("""{"to":"other","stop":{"anyFailureInWave":true},"waves":[{"name":"all","select":{"apps":["a","b","c"]}}]}""");
        await _server.PostAsync(Move + "/start");
        var stopped = await UntilAsync(m => m["phase"]!.GetValue<string>() == "stopped", "the stop");
        stopped["heldBy"]!.GetValue<string>().ShouldStartWith("stopped: an application of wave all failed or was rolled back (a: errors: 0.5 is beyond max 0.01");
        stopped["counts"]!["moving"]!.GetValue<int>().ShouldBe(0);
        (await _server.PostAsync(Move + "/approve")).ShouldBeProblem(409, "conflict", null, "there is nothing to approve");
        (await _server.PostAsync(Move + "/resume", """{"reason":"known"}""")).ShouldBe(HttpStatusCode.OK);
        await UntilAsync(m => m["counts"]!["moving"]!.GetValue<int>() == 1, "b moves");
        (await _server.PostAsync(Move + "/pause")).ShouldBe(HttpStatusCode.OK)["can"].AsArray().Select(v => v!.GetValue<string>()).ShouldBe(["view", "migrations", "migrate", "approve-wave"]);
        (await _server.PostAsync(Move + "/abort", """{"rollouts":"abort","reason":"enough"}""")).ShouldBe(HttpStatusCode.OK);
        var ended = await UntilAsync(m => m["phase"]!.GetValue<string>() == "aborted", "the end");
        ended["outcome"]!.GetValue<string>().ShouldBe("aborted: 1 rolled back, 1 failed, 1 skipped; aborted by admin (enough)");
        foreach (var app in Apps) (await _server.ReadAsync($"state/{app}"))["campaign"].ShouldBeNull(app);
        (await _server.ReadAsync("weights/b"))["blue"]!.GetValue<int>().ShouldBe(100);
        (await _server.PutAsync(Move, """{"to":"green","waves":[{"name":"all","select":{"apps":["a"]}}]}""")).ShouldBeProblem(409, "conflict", null, "it has ended");
    }

    [Fact]
    public async Task Who_may_see_one_application_sees_no_other()
    {
        await StoreAsync("""{"to":"green","waves":[{"name":"all","gate":"approve","select":{"apps":["a","b"]}}]}""");
        await _server.PostAsync(Move + "/start");
        await UntilAsync(m => m["waves"]![0]!["phase"]!.GetValue<string>() == "gate", "the gate");
        var secret = (await _server.PostAsync("/api/v1/tokens", """{"name":"bea","role":"viewer","apps":["b"]}"""))["secret"].GetValue<string>();
        var seen = await _server.SendAsync(HttpMethod.Get, Move, null, ("Authorization", $"Bearer {secret}"));
        seen["counts"]["all"]!.GetValue<int>().ShouldBe(1);
        seen.Text.ShouldNotContain("\"a\"");
        (await _server.SendAsync(HttpMethod.Get, Move + "/report", null, ("Authorization", $"Bearer {secret}")))["apps"].AsArray().Select(a => a!["app"]!.GetValue<string>()).ShouldBe(["b"]);
    }

    private static string Sentence(JsonNode migration, string app) => migration["attention"]!.AsArray().FirstOrDefault(a => a!["app"]!.GetValue<string>() == app)?["sentence"]!.GetValue<string>() ?? "";

    private async Task StoreAsync(string definition) => (await _server.PutAsync(Move, definition)).ShouldBe(HttpStatusCode.Created);

    private Task<JsonNode> UntilAsync(Func<JsonNode, bool> expected, string theEvent) => _server.EventuallyAsync(Move, expected, theEvent);

    private async Task RestartAsync()
    {
        await _server.StopAsync();
        await _server.StartAsync();
    }

    private async Task<IReadOnlyList<string>> KindsAsync(string app) =>
        [.. (await _server.Store.ListAsync($"history/{app}/", CancellationToken.None)).Entries.OrderBy(e => e.ModifyIndex).Select(e => Reading.Of<HistoryEntry>(e).Find()!.Kind).Where(k => !k.StartsWith("token.", StringComparison.Ordinal))];
}
