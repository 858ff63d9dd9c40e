using System.Net;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Tests.Targets;

public sealed class TargetsTests : TargetsFixture
{
    private const string Some = """
        {"users":{"alice":"green","carol":"blue"},"optOut":["bob"],"groups":[{"group":"staff","to":"green"},{"group":"beta","to":"green","by":"cookie"}],
         "networks":[{"network":"10.1.0.0/16","to":"green"}],"reason":"beta testers"}
        """;

    [Fact]
    public async Task Rules_are_stored_brought_to_the_maps_and_read_back()
    {
        (await Server.GetAsync(Targets)).ShouldBe(HttpStatusCode.OK)["users"].AsObject().Count.ShouldBe(0);

        var written = (await Server.PutAsync(Targets + "?wait=10s", Some)).ShouldBe(HttpStatusCode.OK);

        (written["users"].GetValue<int>(), written["optOut"].GetValue<int>(), written["groups"].GetValue<int>(), written["networks"].GetValue<int>(), written["differences"].GetValue<int>()).ShouldBe((2, 1, 2, 1, 6));
        written["nodes"][0]!["progress"]!.GetValue<string>().ShouldBe("observed");
        (RowOf("alice"), RowOf("carol"), RowOf("bob")).ShouldBe(("-1", "10000", "10000"));
        Maps.Find(MapFile.Apps, "shop").ShouldBe("S.0.web.shop");
        Maps.Find(MapFile.Groups, "beta|cookie|shop").ShouldBe("-1");
        var read = await Server.GetAsync(Targets);
        read.ETag.ShouldBe(written.ETag);
        (read["users"]["alice"]!.GetValue<string>(), read["by"].GetValue<string>(), read["reason"].GetValue<string>(), read["groups"][1]!["by"]!.GetValue<string>()).ShouldBe(("green", "admin", "beta testers", "cookie"));
    }

    [Fact]
    public async Task A_change_is_in_the_history_with_counts_and_the_first_differences()
    {
        (await Server.PutAsync(Targets, Users(100))).ShouldBe(HttpStatusCode.OK);
        (await Server.SendAsync(HttpMethod.Delete, Targets, """{"reason":"over"}""")).ShouldBe(HttpStatusCode.OK)["differences"].GetValue<int>().ShouldBe(100);

        var history = (await Server.GetAsync("/api/v1/history?app=shop")).Json!.AsArray();
        (history[0]!["kind"]!.GetValue<string>(), history[0]!["sentence"]!.GetValue<string>(), history[0]!["reason"]!.GetValue<string>())
            .ShouldBe(("targets.set", "target rules: 100 users → no rules, 100 differences, by admin", "over"));
        history[1]!["after"]!["differences"]!.AsArray().Count.ShouldBe(20);
        history[1]!["after"]!["moreDifferences"]!.GetValue<int>().ShouldBe(80);
        (await Server.ReadAsync("claims/target-users"))["users"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task One_user_is_sent_to_a_colour_and_left_to_the_share_again()
    {
        (await Server.PutAsync(Targets + "/users/alice?wait=10s", """{"to":"green"}""")).ShouldBe(HttpStatusCode.OK);
        RowOf("alice").ShouldBe("-1");
        (await Server.PutAsync(Targets + "/users/alice?wait=10s", """{"to":"blue"}""")).ShouldBe(HttpStatusCode.OK);
        RowOf("alice").ShouldBe("10000");
        (await Server.DeleteAsync(Targets + "/users/alice?wait=10s")).ShouldBe(HttpStatusCode.OK)["users"].GetValue<int>().ShouldBe(0);
        RowOf("alice").ShouldBeNull();
        (await Server.DeleteAsync(Targets + "/users/alice")).ShouldBeProblem(404, "not-found", null, "\"shop\" has no rule for user \"alice\"");
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("anna@example.com", "anna@example.com")]
    [InlineData("%3Fx%23", "?x#")]
    public async Task An_id_with_odd_characters_is_the_one_that_the_path_names(string encoded, string id)
    {
        (await Server.PutAsync(Targets + "/opt-outs/" + encoded, "")).ShouldBe(HttpStatusCode.OK);
        (await Server.GetAsync(Targets))["optOut"][0]!.GetValue<string>().ShouldBe(id);
    }

    [Fact]
    public async Task Who_opts_out_gets_the_stable_colour_above_every_rule_until_they_opt_in()
    {
        (await Server.PutAsync(Targets, """{"users":{"bob":"green"}}""")).ShouldBe(HttpStatusCode.OK);
        (await Server.PutAsync(Targets + "/opt-outs/bob?wait=10s", "")).ShouldBe(HttpStatusCode.OK);
        RowOf("bob").ShouldBe("10000");
        var again = (await Server.PutAsync(Targets + "/opt-outs/bob", "")).ShouldBe(HttpStatusCode.OK);
        again["differences"].GetValue<int>().ShouldBe(0, "nothing is written twice");
        (await Server.DeleteAsync(Targets + "/opt-outs/bob?wait=10s")).ShouldBe(HttpStatusCode.OK);
        RowOf("bob").ShouldBe("-1");
        (await Server.DeleteAsync(Targets + "/opt-outs/bob")).ShouldBeProblem(404, "not-found", null, "\"bob\" has not opted out");
    }

    [Fact]
    public async Task Opted_out_users_follow_the_stable_colour()
    {
        (await Server.PutAsync(Targets + "/opt-outs/bob?wait=10s", "")).ShouldBe(HttpStatusCode.OK);
        RowOf("bob").ShouldBe("10000");

        await Server.WriteAsync("state/shop", """{"schema":1,"stable":"green"}""");
        await Server.Services.GetRequiredService<TrafficWriter>().AnnounceAsync(["state/shop"], CancellationToken.None);

        await Server.EventuallyAsync(() => RowOf("bob") == "-1", "bob on green, which is stable now");
    }

    [Fact]
    public async Task Under_a_lock_rules_are_stored_and_the_answer_says_that_they_wait()
    {
        (await Server.PostAsync(Shop + "/rollback?wait=10s", """{"reason":"it burns"}""")).ShouldBe(HttpStatusCode.OK);

        var written = (await Server.PutAsync(Targets + "?wait=10s", Some)).ShouldBe(HttpStatusCode.OK);

        written["warnings"][0]!.GetValue<string>().ShouldBe("all traffic is locked to blue by admin (it burns): the rules are stored, and apply after unlock");
        Maps.Find(MapFile.Apps, "shop").ShouldBe("b.0.web.shop");
        (await Server.PostAsync(Shop + "/unlock")).ShouldBe(HttpStatusCode.OK);
        await Server.EventuallyAsync(() => Maps.Find(MapFile.Apps, "shop") == "S.0.web.shop", "the rules apply");
    }

    [Fact]
    public async Task A_version_that_is_not_the_current_one_is_refused()
    {
        var first = (await Server.PutAsync(Targets, Some, ("If-Match", "\"0\""))).ShouldBe(HttpStatusCode.OK);
        (await Server.PutAsync(Targets, Some, ("If-Match", "\"0\""))).ShouldBeProblem(412, "stale", null, "it is at " + first.ETag!.Trim('"'));
        (await Server.PutAsync(Targets, "{}", ("If-Match", first.ETag!))).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Many_users_opt_out_at_once_and_none_is_lost()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Server.PutAsync($"{Targets}/opt-outs/user-{i}", "")));
        answers.ShouldAllBe(a => a.IsSuccess);
        (await Server.GetAsync(Targets))["optOut"].AsArray().Count.ShouldBe(4);
        (await Server.ReadAsync("claims/target-users"))["users"]!.GetValue<int>().ShouldBe(4);
    }

    [Fact]
    public async Task A_deleted_application_leaves_no_rules_to_the_next_of_its_name()
    {
        (await Server.PutAsync(Targets + "?wait=10s", Some)).ShouldBe(HttpStatusCode.OK);
        (await Server.DeleteAsync(Shop)).ShouldBe(HttpStatusCode.NoContent);
        await Server.EventuallyAsync(() => RowOf("alice") is null, "no rule left");

        await RegisterAsync("shop");

        (await Server.GetAsync(Targets))["users"].AsObject().Count.ShouldBe(0);
        Maps.Find(MapFile.Apps, "shop").ShouldBe("s.0.web.shop");
        (await Server.ReadAsync("claims/target-users"))["users"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task An_application_with_rules_neither_leaves_map_routing_nor_drops_a_group_that_they_name()
    {
        (await Server.PutAsync(Targets, Some)).ShouldBe(HttpStatusCode.OK);
        (await Server.PutAsync(Shop, """{"routing":{"backend":"shop_back"}}"""))
            .ShouldBeProblem(409, "conflict", null, "has target rules (2 users, 1 opted out, 2 groups, 1 network), which `weights` routing cannot apply; DELETE /api/v1/apps/shop/targets first");
        (await Server.PutAsync(Shop, Definition("shop", "[\"staff\"]"))).ShouldBeProblem(409, "conflict", null, "\"beta\" is not one of the application's groups (staff)");

        (await Server.DeleteAsync(Targets)).ShouldBe(HttpStatusCode.OK);
        (await Server.PutAsync(Shop, """{"routing":{"backend":"shop_back"}}""")).ShouldBe(HttpStatusCode.OK);
        (await Server.PutAsync(Targets, Some)).ShouldBeProblem(422, "impossible", "", "\"shop\" is on `weights` routing");
    }
}
