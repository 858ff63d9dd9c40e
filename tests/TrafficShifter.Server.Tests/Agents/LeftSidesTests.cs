using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>What an agent does about the side that a rollback leaves: cuts it when told, watches it until it is quiet, and then leaves it alone.</summary>
public sealed class LeftSidesTests : IAsyncLifetime
{
    private const string Shop = "/api/v1/apps/shop";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    private SimulatedHAProxy HAProxy => _server.LoadBalancer.HAProxy;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
        HAProxy.SetSessions("shop_back", "green1", live: 0, total: 1_000);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_side_is_watched_until_it_is_quiet_and_costs_nothing_from_then_on()
    {
        HAProxy.SetSessions("shop_back", "green1", live: 2, total: 1_000);
        (await _server.PostAsync(Shop + "/rollback")).ShouldBe(HttpStatusCode.OK);

        await SeeLeftAsync(l => l["sessions"]!.GetValue<int>() == 2, "two sessions on green");
        HAProxy.SetSessions("shop_back", "green1", live: 1, total: 1_003);
        await SeeLeftAsync(l => l["requests"]!.GetValue<int>() == 3 && l["sessions"]!.GetValue<int>() == 1, "three new requests on green");
        HAProxy.SetSessions("shop_back", "green1", live: 0, total: 1_003);
        await SeeLeftAsync(l => !l["watching"]!.GetValue<bool>() && l["quietSince"] is not null, "green quiet");

        var counted = _server.LoadBalancer.SessionsCounted;
        _time.Advance(TimeSpan.FromMinutes(1));
        await SeeLeftAsync(l => !l["watching"]!.GetValue<bool>(), "green still quiet");
        _server.LoadBalancer.SessionsCounted.ShouldBe(counted);

        (await _server.PostAsync(Shop + "/unlock")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["observation"]!["left"] is null, "no side that is left");
    }

    [Fact]
    public async Task Requests_that_go_on_coming_to_it_are_a_problem_of_the_application()
    {
        (await _server.PostAsync(Shop + "/rollback")).ShouldBe(HttpStatusCode.OK);
        await SeeLeftAsync(l => l["since"] is not null, "the watch");
        var total = 1_000;

        var status = await _server.EventuallyAsync(Shop + "/status", s =>
        {
            HAProxy.SetSessions("shop_back", "green1", live: 0, total: ++total);
            return s["problems"]!.AsArray().Count == 1;
        }, "the requests to green in the status");

        status["problems"]![0]!.GetValue<string>().ShouldContain("came to green since the rollback; something still sends users there");
    }

    [Fact]
    public async Task Sessions_are_cut_once_for_each_lock_and_process_also_by_an_agent_that_starts_anew()
    {
        HAProxy.SetSessions("shop_back", "green1", live: 4, total: 1_000);
        (await _server.PostAsync(Shop + "/rollback", """{"sever":true}""")).ShouldBe(HttpStatusCode.OK)["lock"]["sever"]!.GetValue<bool>().ShouldBeTrue();
        await SeeLeftAsync(l => l["severed"]?.GetValue<int>() == 4 && l["sessions"]!.GetValue<int>() == 0, "four sessions cut");
        HAProxy.ShutDowns.Select(s => s.ToString()).ShouldBe(["shop_back/green1"], "blue's are not touched");

        HAProxy.SetSessions("shop_back", "green1", live: 1, total: 1_001);
        await _server.StopAsync();
        await _server.StartAsync();
        await SeeLeftAsync(l => l["severed"]?.GetValue<int>() == 4 && l["sessions"]!.GetValue<int>() == 1, "the agent's own memory of it");
        HAProxy.ShutDowns.Count.ShouldBe(1);

        HAProxy.Restart();
        HAProxy.SetSessions("shop_back", "green1", live: 2, total: 2);
        await SeeLeftAsync(l => l["severed"]?.GetValue<int>() == 2, "the new process' sessions cut");
        (await _server.PostAsync(Shop + "/rollback", """{"sever":true}""")).ShouldBe(HttpStatusCode.OK);
        await SeeLeftAsync(l => l["severed"]?.GetValue<int>() == 0, "another lock, nothing there to cut");
    }

    [Fact]
    public async Task Nothing_is_cut_while_the_colour_that_should_serve_cannot()
    {
        (await _server.PutAsync(Shop + "/weights", """{"blue":0,"green":100}""")).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(Shop + "/status", status => status["nodes"]![0]!["observation"]!["observed"]!.GetValue<string>() == "100%", "all traffic on green");
        HAProxy.SetSessions("shop_back", "green1", live: 4, total: 1_000);
        HAProxy.SetHealth("shop_back", "blue1", ServerHealth.Down);
        // It is given a second, of the clock that stands still, to be observed. Whether the agent heard of it meanwhile (200) or was told directly (202) is all one here.
        var rollback = _server.PostAsync(Shop + "/rollback", """{"sever":true}""");
        await _server.EventuallyAsync(() => rollback.IsCompleted, "the rollback's answer");
        (await rollback).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Accepted);
        await _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["problem"]?.GetValue<string>().Contains("blue has no usable server", StringComparison.Ordinal) == true, "the problem");
        _time.Advance(TimeSpan.FromSeconds(30));
        HAProxy.ShutDowns.ShouldBeEmpty();

        HAProxy.SetHealth("shop_back", "blue1", ServerHealth.Up);

        await SeeLeftAsync(l => l["severed"]?.GetValue<int>() == 4, "the sessions cut once blue serves");
    }

    [Fact]
    public async Task A_backend_of_many_applications_is_one_that_is_looked_at_and_a_newer_lock_does_not_wait_for_older_ones()
    {
        const int many = 210;
        _server.LoadBalancer.HasMaps = true;
        HAProxy.Configure("web_blue", ("s1", 100));
        HAProxy.Configure("web_green", ("s1", 100));
        foreach (var n in Enumerable.Range(0, many))
        {
            HAProxy.Configure($"b{n}", ("blue1", 100), ("green1", 100));
            HAProxy.SetSessions($"b{n}", "green1", live: 1, total: 1);
            (await _server.PutAsync($"/api/v1/apps/own{n}", $$$"""{"routing":{"backend":"b{{{n}}}"}}""")).ShouldBe(HttpStatusCode.Created);
            (await _server.PutAsync($"/api/v1/apps/pooled{n}", $$$"""{"hosts":["p{{{n}}}.test"],"routing":{"kind":"map","pool":"web"}}""")).ShouldBe(HttpStatusCode.Created);
        }
        HAProxy.SetSessions("web_green", "s1", live: 1, total: 1);
        HAProxy.SetSessions("shop_back", "green1", live: 1, total: 1);

        (await _server.PostAsync("/api/v1/rollback")).ShouldBe(HttpStatusCode.OK);
        var began = _time.GetUtcNow();

        foreach (var n in Enumerable.Range(0, many))
        {
            await SeeAsync($"pooled{n}");
            await SeeAsync($"own{n}");
        }
        await _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["observation"]!["left"]?["sessions"]!.GetValue<int>() == 1, "one session on green");
        (await _server.PostAsync(Shop + "/rollback?wait=10s")).ShouldBe(HttpStatusCode.OK)["left"]!.GetValue<string>().ShouldStartWith("hap1: 1 session is still on green");
        (_time.GetUtcNow() - began).ShouldBeLessThan(LeftSide.LongestWatch, "nothing waits until the open sessions of others are given up");

        Task SeeAsync(string app) => _server.EventuallyAsync($"/api/v1/apps/{app}/status", s => s["nodes"]![0]!["observation"]?["left"]?["since"] is not null, $"what {app} left behind");
    }

    [Fact]
    public async Task A_pool_that_nobody_else_is_served_by_any_more_is_looked_at_anew()
    {
        _server.LoadBalancer.HasMaps = true;
        HAProxy.Configure("web_blue", ("s1", 100));
        HAProxy.Configure("web_green", ("s1", 100));
        foreach (var app in new[] { "cart", "till" })
            (await _server.PutAsync($"/api/v1/apps/{app}", $$$"""{"hosts":["{{{app}}}.test"],"routing":{"kind":"map","pool":"web"}}""")).ShouldBe(HttpStatusCode.Created);
        HAProxy.SetSessions("web_green", "s1", live: 1, total: 1);
        (await _server.PostAsync("/api/v1/apps/cart/rollback")).ShouldBe(HttpStatusCode.OK);
        await SeeCartAsync(l => l["sharedWith"]!.AsArray().Count == 1 && l["since"] is not null, "what cart left behind, shared with till");
        _time.Advance(LeftSide.LongestSharedWatch);
        await SeeCartAsync(l => !l["watching"]!.GetValue<bool>(), "the end of the watch");

        HAProxy.SetSessions("web_green", "s1", live: 0, total: 7);
        (await _server.PostAsync("/api/v1/apps/till/rollback")).ShouldBe(HttpStatusCode.OK);

        var left = await SeeCartAsync(l => l["sharedWith"]!.AsArray().Count == 0 && l["quietSince"] is not null, "green quiet");
        (left["sessions"]!.GetValue<int>(), left["requests"]!.GetValue<int>()).ShouldBe((0, 0), "what came before was of both");

        async Task<JsonNode> SeeCartAsync(Func<JsonNode, bool> expected, string theEvent) =>
            (await _server.EventuallyAsync("/api/v1/apps/cart/status", s => s["nodes"]![0]!["observation"]?["left"] is { } left && expected(left), theEvent))["nodes"]![0]!["observation"]!["left"]!;
    }

    private Task<JsonNode> SeeLeftAsync(Func<JsonNode, bool> expected, string theEvent) =>
        _server.EventuallyAsync(Shop + "/status", s => s["nodes"]![0]!["observation"]?["left"] is { } left && expected(left), theEvent);
}
