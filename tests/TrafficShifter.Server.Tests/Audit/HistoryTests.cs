using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Audit;

public sealed class HistoryTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
        _server.LoadBalancer.HAProxy.Configure("blog_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync("/api/v1/apps/blog", """{"owners":["press"],"routing":{"backend":"blog_back"}}""")).ShouldBe(HttpStatusCode.Created);
        await _server.EventuallyAsync("/api/v1/apps/blog/status", s => s["observed"]!.GetValue<bool>(), "blog observed");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Each_change_says_who_from_where_with_which_token_why_before_and_after()
    {
        using var ben = new Client(_server, await Client.MakeTokenAsync(_server, "ben", "operator"));
        await ben.SendAsync(HttpMethod.Put, "/api/v1/apps/shop/weights", """{"blue":90,"green":10,"reason":"canary"}""");

        var entry = (await _server.GetAsync("/api/v1/history?app=shop&limit=1")).Json![0]!;

        (entry["by"]!.GetValue<string>(), entry["from"]!.GetValue<string>(), entry["reason"]!.GetValue<string>(), entry["kind"]!.GetValue<string>()).ShouldBe(("ben", "127.0.0.1", "canary", "weights.set"));
        entry["token"]!.GetValue<string>().ShouldBe((await ben.GetAsync("/api/v1/session"))["token"].GetValue<string>());
        (entry["before"]!["green"]!.GetValue<int>(), entry["after"]!["green"]!.GetValue<int>()).ShouldBe((0, 10));
    }

    [Fact]
    public async Task What_belongs_to_no_application_is_in_it_too()
    {
        await _server.PutAsync("/api/v1/control/stop", """{"reason":"incident"}""");
        await _server.DeleteAsync("/api/v1/control/stop");
        await _server.PutAsync("/api/v1/control/freeze", """{"windows":[]}""");
        await _server.DeleteAsync("/api/v1/control/freeze");
        await _server.PutAsync("/api/v1/plans/mine", """{"steps":[{"share":"5%","hold":"1m"}],"checks":[{"name":"e","query":"up{app=\"{{app}}\"}","max":1,"window":"30s"}]}""");
        await _server.DeleteAsync("/api/v1/plans/mine");
        await _server.PostAsync("/api/v1/rollback", """{"reason":"all"}""");

        (await KindsAsync("?limit=7")).ShouldBe(["fleet.rolledBack", "plan.deleted", "plan.created", "freeze.lifted", "freeze.set", "line.started", "line.stopped"]);
        (await _server.GetAsync("/api/v1/history?kind=fleet")).Json![0]!["from"]!.GetValue<string>().ShouldBe("127.0.0.1");
    }

    [Fact]
    public async Task Filters_choose_and_a_page_leads_to_the_next()
    {
        using var ben = new Client(_server, await Client.MakeTokenAsync(_server, "ben", "operator"));
        for (var green = 1; green <= 5; green++) (await ben.SendAsync(HttpMethod.Put, $"/api/v1/apps/{(green % 2 == 0 ? "blog" : "shop")}/weights", $$"""{"blue":{{100 - 10 * green}},"green":{{10 * green}}}""")).ShouldBe(HttpStatusCode.OK);

        (await KindsAsync("?by=ben")).Count.ShouldBe(5);
        (await KindsAsync("?by=ben&app=blog")).Count.ShouldBe(2);
        (await KindsAsync("?kind=app")).ShouldBe(["app.created", "app.created"]);
        (await KindsAsync("?outcome=held")).ShouldBeEmpty();
        (await KindsAsync("?from=2100-01-01T00:00:00Z")).ShouldBeEmpty();
        (await KindsAsync("?to=2000-01-01T00:00:00Z")).ShouldBeEmpty();

        foreach (var filter in new[] { "by=ben", "by=ben&app=shop" })
        {
            var seen = new List<string>();
            var path = $"/api/v1/history?{filter}&limit=2";
            while (path is not null)
            {
                var page = (await _server.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
                page.Json!.AsArray().Count.ShouldBeLessThanOrEqualTo(2);
                seen.AddRange(page.Json.AsArray().Select(e => e!["id"]!.GetValue<string>()));
                path = page.Headers.TryGetValue("Link", out var link) ? link.Split('<', '>')[1] : null;
            }
            seen.ShouldBe((await _server.GetAsync($"/api/v1/history?{filter}")).Json!.AsArray().Select(e => e!["id"]!.GetValue<string>()));
        }
    }

    [Fact]
    public async Task An_export_is_a_line_for_each_entry_and_leaves_out_what_one_may_not_see()
    {
        using var press = new Client(_server, await Client.MakeTokenAsync(_server, "press", "viewer", ""","owners":["press"] """));
        var all = (await _server.SendAsync(HttpMethod.Get, "/api/v1/history", null, ("Accept", "application/x-ndjson"))).ShouldBe(HttpStatusCode.OK);
        var theirs = (await press.GetAsync("/api/v1/history", ("Accept", "application/x-ndjson"))).ShouldBe(HttpStatusCode.OK);

        all.ContentType.ShouldBe("application/x-ndjson");
        Lines(all).Select(e => e["app"]?.GetValue<string>()).ShouldBe([null, "blog", "shop"]);
        Lines(theirs).Select(e => e["app"]?.GetValue<string>()).ShouldBe(["blog"]);
        (await press.GetAsync("/api/v1/history?app=shop")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await press.GetAsync("/api/v1/history")).Json!.AsArray().Select(e => e!["app"]?.GetValue<string>()).ShouldBe(["blog"]);
    }

    [Theory]
    [InlineData("from=yesterday", "?from= takes")]
    [InlineData("to=1", "?to= takes")]
    [InlineData("outcome=good", "?outcome= takes done, held or ignored")]
    [InlineData("after=7.tokens/x", "?after= takes")]
    public async Task A_filter_that_cannot_be_read_is_named(string query, string says) =>
        (await _server.GetAsync($"/api/v1/history?{query}")).ShouldBeProblem(400, "bad-query", null, says);

    [Fact]
    public async Task A_secret_that_somebody_writes_as_a_reason_is_not_kept()
    {
        await _server.PostAsync("/api/v1/apps/shop/rollback", $$"""{"reason":"my token is {{_server.Token}}"}""");

        var entry = (await _server.GetAsync("/api/v1/history?app=shop&limit=1")).Json![0]!;
        entry["reason"]!.GetValue<string>().ShouldBe("my token is tsh_…");
    }

    private async Task<List<string>> KindsAsync(string query) => [.. (await _server.GetAsync($"/api/v1/history{query}")).Json!.AsArray().Select(e => e!["kind"]!.GetValue<string>())];

    private static List<JsonNode> Lines(Answer answer) => [.. answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
}
