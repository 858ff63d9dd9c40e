using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.HAProxy.Tests;

/// <summary>Many backends read by one command: the same as each by its name, and the same objects where nothing changed.</summary>
public sealed class ServersDumpTests
{
    private const string Heading = "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";
    private const string Shop1 = "2 shop 1 blue1 127.0.0.1 2 0 5 10 3 1 0 1 0 0 0 0 - 81 - 0 0 - - 0";
    private const string Shop2 = "2 shop 2 green1 ::1 0 5 0 0 3 1 0 0 8 0 0 0 - 82 - 0 0 - - 0";
    private const string Mail1 = "3 mail 1 blue1 - 2 8 7 7 3 1 0 1 0 0 0 0 - 0 - 0 0 - - 0";

    [Fact]
    public void Lines_say_what_the_reply_of_one_backend_says()
    {
        var known = Read([], "1", Heading, Shop1, Shop2, Mail1);

        known["shop"].Servers.ShouldBe(ShowServersState.Parse($"1\n{Heading}\n{Shop1}\n{Shop2}"));
        known["mail"].Servers.ShouldBe(ShowServersState.Parse($"1\n{Heading}\n{Mail1}"));
    }

    [Fact]
    public void What_did_not_change_is_the_very_same_object()
    {
        var known = Read([], "1", Heading, Shop1, Shop2, Mail1);
        Read(known, "1", Heading, Shop1.Replace(" 3 1 0", " 99 1 0", StringComparison.Ordinal), Shop2, Mail1).ShouldBeSameAs(known, "the time since the last change is nothing that is read");

        var next = Read(known, "1", Heading, Shop1, Shop2.Replace(" 0 5 0 0 ", " 2 0 40 0 ", StringComparison.Ordinal), Mail1);

        next["mail"].ShouldBeSameAs(known["mail"]);
        next["shop"].Servers[0].ShouldBeSameAs(known["shop"].Servers[0]);
        next["shop"].Servers[1].ShouldBe(known["shop"].Servers[1] with { Weight = 40, Health = ServerHealth.Up });
    }

    [Theory]
    [InlineData(" 81 ", " 8081 ", "127.0.0.1:8081")]
    [InlineData(" 127.0.0.1 ", " 127.0.0.11 ", "127.0.0.11:81")]
    [InlineData(" 127.0.0.1 ", " - ", null)]
    public void A_server_that_moved_is_read_anew(string from, string to, string? address) =>
        Read(Read([], "1", Heading, Shop1), "1", Heading, Shop1.Replace(from, to, StringComparison.Ordinal))["shop"].Servers.Single().Address.ShouldBe(address);

    [Fact]
    public void Servers_and_backends_that_are_gone_are_gone()
    {
        var known = Read([], "1", Heading, Shop1, Shop2, Mail1);

        Read(known, "1", Heading, Shop1)["shop"].Servers.Single().Name.Value.ShouldBe("blue1");
        Read(known, "1", Heading, Shop1, Shop2).Keys.ShouldBe(["shop"]);
        Read(known, "1", Heading).ShouldBeEmpty();
    }

    [Fact]
    public void Backends_that_come_in_another_order_than_the_last_time_are_still_the_very_same()
    {
        const string Cart1 = "4 cart 1 blue1 127.0.0.1 2 0 5 10 3 1 0 1 0 0 0 0 - 83 - 0 0 - - 0";
        var known = Read([], "1", Heading, Shop1, Shop2, Mail1);

        var next = Read(known, "1", Heading, Cart1, Mail1, Shop1, Shop2);

        next.Keys.ShouldBe(["cart", "mail", "shop"]);
        next["mail"].ShouldBeSameAs(known["mail"]);
        next["shop"].ShouldBeSameAs(known["shop"]);
        next["cart"].Servers.Single().Address.ShouldBe("127.0.0.1:83");
    }

    [Theory]
    [InlineData("2")]
    [InlineData("1", "shop blue1")]
    [InlineData("1", "# be_id be_name srv_name")]
    [InlineData("1", Heading, "2 shop 1 blue1 127.0.0.1 2")]
    [InlineData("1", Heading, "2 shop 1 blue1 127.0.0.1 2 0 five 10 3 1 0 1 0 0 0 0 - 81 - 0 0 - - 0")]
    [InlineData("1", Heading, "2 shop 1 bl/ue 127.0.0.1 2 0 5 10 3 1 0 1 0 0 0 0 - 81 - 0 0 - - 0")]
    public void Anything_else_is_refused(params string[] lines) => Should.Throw<FormatException>(() => Read([], lines));

    [Fact]
    public async Task More_backends_than_are_named_one_by_one_are_read_the_same_from_a_real_HAProxy()
    {
        const int Backends = 250;
        var names = Enumerable.Range(0, Backends).Select(i => ProxyName.Parse($"app-{i}")).ToList();
        var setup = new HAProxySetup
        {
            Backends = [.. names.Select(n => new HAProxyBackend(n.Value, [$"{n}.test"], [new HAProxyServer("blue1", 1, 50, Checked: false), new HAProxyServer("green1", 2, Checked: false)]))],
            ExtraConfiguration = "backend without_servers\n",
        };
        await using var haproxy = await HAProxyProcess.StartAsync(setup, CancellationToken.None);
        var balancer = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(haproxy.RuntimeApiSocket), Patient.Options));
        ProxyName[] asked = [.. names, ProxyName.Parse("without_servers"), ProxyName.Parse("not_there")];
        await haproxy.AskAsync("set server app-7/green1 state maint; set server app-8/blue1 state drain; set server app-9/green1 weight 3", CancellationToken.None);

        var all = await balancer.ReadAsync(asked, CancellationToken.None);

        var named = await balancer.ReadAsync([.. asked[..150]], CancellationToken.None);
        all.Process.ShouldBe(named.Process);
        foreach (var (backend, servers) in named.Backends) all.Backends[backend].ShouldBe(servers);
        all.Backends[ProxyName.Parse("without_servers")].ShouldBeEmpty();
        all.Backends.Keys.ShouldNotContain(ProxyName.Parse("not_there"));
        all.Backends.Count.ShouldBe(Backends + 1);
        (await balancer.ReadAsync(asked, CancellationToken.None)).Backends.ShouldBeSameAs(all.Backends);

        await haproxy.AskAsync("set server app-9/green1 weight 4", CancellationToken.None);
        var next = await balancer.ReadAsync(asked, CancellationToken.None);
        next.Backends[names[9]][1].Weight.ShouldBe(4);
        next.Backends[names[10]].ShouldBeSameAs(all.Backends[names[10]]);
    }

    private static Dictionary<string, ServersOfBackend> Read(Dictionary<string, ServersOfBackend> known, params string[] lines)
    {
        var read = new ServersStateLines(known);
        foreach (var line in lines) read.Take(Encoding.UTF8.GetBytes(line));
        return read.End();
    }
}
