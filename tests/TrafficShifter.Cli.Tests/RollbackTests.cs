using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class RollbackTests : ShopFixture
{
    [Fact]
    public async Task Of_one_application_it_asks_nothing_and_needs_no_reason()
    {
        (await TypeAsync("weights set shop green=40% --wait 5s")).ShouldExit(ExitCode.Done);

        var run = (await TypeAsync("rollback shop")).ShouldExit(ExitCode.Done);

        run.Out.ShouldStartWith("shop: all traffic to ● blue, locked there; observed on 1 of 1 nodes after ");
        var status = await Server.GetAsync("/api/v1/apps/shop/status");
        status["lock"]["reason"]!.GetValue<string>().ShouldBe("no reason given");
        Server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
    }

    [Fact]
    public async Task Reason_side_and_severing_are_passed_on()
    {
        (await User.TypeAsync(["rollback", "shop", "--to", "green", "--sever", "--reason", "blue burns"])).ShouldExit(ExitCode.Done).Out.ShouldStartWith("shop: all traffic to ▲ green");
        var held = (await Server.GetAsync("/api/v1/apps/shop/status"))["lock"];
        (held["to"]!.GetValue<string>(), held["reason"]!.GetValue<string>(), held["sever"]!.GetValue<bool>()).ShouldBe(("green", "blue burns", true));
    }

    [Fact]
    public async Task With_the_store_away_the_agents_are_told_directly()
    {
        (await TypeAsync("weights set shop green=40% --wait 5s")).ShouldExit(ExitCode.Done);
        Server.Store.GoAway();

        var run = (await TypeAsync("rollback shop --wait 3s")).ShouldExit(ExitCode.Done);

        run.Out.ShouldContain("the store is away, so the agents were told directly: 1 of 1 reached");
        Server.LoadBalancer.HAProxy.WeightOf("shop_back", "green1").ShouldBe(0);
    }

    [Fact]
    public async Task A_node_that_is_not_observed_is_exit_code_8_and_named()
    {
        Server.LoadBalancer.Fail(new LoadBalancerException("HAProxy does not answer"));
        var run = (await TypeAsync("rollback shop --wait 1s")).ShouldExit(ExitCode.StillGoing);
        run.Error.ShouldContain("hap1");
    }

    [Fact]
    public async Task Of_all_it_asks_for_the_number_of_applications()
    {
        (await TypeAsync("rollback --all")).ShouldExit(ExitCode.Usage).Error.ShouldContain("All traffic of 1 applications on");
        (await TypeAsync("rollback")).ShouldExit(ExitCode.Usage).Error.ShouldContain("which application?");
        (await TypeAsync("rollback shop --all")).ShouldExit(ExitCode.Usage);
        using var person = AtTerminal();
        (await person.TypeAsync("rollback --all", "2\n")).ShouldExit(ExitCode.Usage);
        (await Server.GetAsync("/api/v1/apps/shop/status")).Json!["lock"].ShouldBeNull();

        (await person.TypeAsync("rollback --all", "1\n")).ShouldExit(ExitCode.Done);

        (await Server.GetAsync("/api/v1/apps/shop/status"))["lock"]["to"]!.GetValue<string>().ShouldBe("blue");
    }

    [Fact]
    public async Task Several_installations_are_rolled_back_at_once_and_one_that_is_away_does_not_hold_up_the_others()
    {
        await using var other = await RunningServer.StartNewAsync();
        await other.RegisterShopAsync();
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var nobody = closed.LocalEndpoint;
        closed.Stop();
        await KeepAsync("eu", Server);
        await KeepAsync("us", other);
        (await TypeAsync($"context set asia --server http://{nobody} -q")).ShouldExit(ExitCode.Done);

        var run = (await TypeAsync("rollback shop --contexts eu,us,asia --timeout 1s -o json")).ShouldExit(ExitCode.Away);

        var results = JsonNode.Parse(run.Out)!.AsArray();
        results.Select(r => (r!["context"]!.GetValue<string>(), r["exitCode"]!.GetValue<int>())).ShouldBe([("eu", 0), ("us", 0), ("asia", 7)]);
        results[2]!["problem"]!["detail"]!.GetValue<string>().ShouldContain("cannot be reached");
        foreach (var server in new[] { Server, other }) (await server.GetAsync("/api/v1/apps/shop/status"))["lock"]["to"]!.GetValue<string>().ShouldBe("blue");
        var both = (await TypeAsync("rollback --all --contexts eu,us --yes")).ShouldExit(ExitCode.Done);
        both.Out.ShouldContain("CONTEXT  RESULT       DETAIL");
        (await TypeAsync("rollback --all --contexts eu,nowhere --yes")).ShouldExit(ExitCode.NotFound).Error.ShouldContain("there is no context \"nowhere\"");
    }

    [Fact]
    public async Task A_server_that_comes_back_within_the_timeout_gets_the_rollback()
    {
        await KeepAsync("eu", Server);
        var rolling = User.TypeAsync("rollback shop --context eu --server http://127.0.0.1:1 --timeout 900ms");
        (await rolling).ShouldExit(ExitCode.Away).Error.ShouldContain("trying again");
    }

    [Fact]
    public async Task An_undo_without_a_promotion_is_a_conflict_and_asks_first()
    {
        (await TypeAsync("undo shop")).ShouldExit(ExitCode.Usage).Error.ShouldContain("repeat it with --yes");
        (await TypeAsync("undo shop --yes")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("there is no promotion to undo");
    }

    private async Task KeepAsync(string name, RunningServer server) =>
        (await TypeAsync($"login --context {name} --server {server.Address} --token-stdin", server.Token)).ShouldExit(ExitCode.Done);
}
