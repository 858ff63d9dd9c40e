using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Templates.Tests;

/// <summary>The script against a real HAProxy: thousands of changes at once, and a HAProxy that goes away meanwhile.</summary>
public sealed class ApplyTests(ConsulFixture consul) : IClassFixture<ConsulFixture>
{
    private const int Many = 1000;

    /// <summary>Before it come the weights and the two maps, as they are.</summary>
    private const int FirstWrite = 4;

    /// <summary>2,000 commands of 34 characters or so, 15,000 bytes a line.</summary>
    private const int LastWrite = FirstWrite + 4;

    [Fact]
    public async Task Two_thousand_weights_that_change_at_once_all_arrive()
    {
        using var store = new Store(consul);
        await using var host = await Host.StartAsync(Enumerable.Range(0, Many).Select(Host.Backend));
        await store.PutAllAsync(Enumerable.Range(0, Many).SelectMany(n => new[]
        {
            ($"apps/app{n}", Documents.Weights($"app{n}", Host.Backend(n))),
            ($"state/app{n}", n % 10 == 0 ? Documents.Locked("green") : Documents.Blue),
            ($"weights/app{n}", Documents.Share(100 - n % 98 - 1, n % 98 + 1)),
        }));

        (await host.Script.ApplyAsync((await store.RenderAsync("runtime"))!)).ShouldBe(new Ran(0, "", ""));

        var weights = await host.ReadAsync();
        weights.Count.ShouldBe(Many);
        foreach (var n in Enumerable.Range(0, Many))
            weights[Host.Backend(n)].ShouldBe(Host.Agent(n % 10 == 0 ? 10_000 : (n % 98 + 1) * 100), $"app{n}");

        await store.PutAsync("control/rollback", Documents.Rollback("stable"));
        (await host.Script.ApplyAsync((await store.RenderAsync("runtime"))!)).ShouldBe(new Ran(0, "", ""));
        (await host.ReadAsync()).Values.ShouldAllBe(pair => pair.Equals(Host.Agent(0)));
    }

    [Fact]
    public async Task Nothing_is_written_when_everything_is_as_wanted()
    {
        await using var host = await Host.StartAsync("be0");
        (await host.Script.ApplyAsync(Runtime.File(Runtime.App("shop", 2500, "be0")))).ExitCode.ShouldBe(0);
        await host.HAProxy.AskAsync("set server be0/blue1 weight 7", CancellationToken.None);

        // Somebody's own change is put right, as an agent does.
        (await host.Script.RunAsync(["runtime"])).ExitCode.ShouldBe(0);

        (await host.ReadAsync())["be0"].ShouldBe(Host.Agent(2500));
    }

    [Fact]
    public async Task A_haproxy_that_is_away_is_a_failure_and_the_next_run_is_right()
    {
        await using var host = await Host.StartAsync(Enumerable.Range(0, Many).Select(Host.Backend));
        await host.HAProxy.KillAsync();

        var failed = await host.Script.ApplyAsync(Wanted(1000));

        failed.ExitCode.ShouldBe(1);
        failed.Errors.ShouldContain("does not answer");
        await host.HAProxy.StartAsync(CancellationToken.None);
        (await host.Script.RunAsync(["runtime"])).ShouldBe(new Ran(0, "", ""));
        (await host.ReadAsync()).Values.ShouldAllBe(pair => pair.Equals(Host.Agent(1000)));
    }

    [Theory]
    [InlineData(FirstWrite + 2, false)]
    [InlineData(FirstWrite + 2, true)]
    [InlineData(LastWrite + 1, true)]
    public async Task A_haproxy_that_restarts_or_reloads_in_the_middle_is_a_failure_and_the_next_run_is_right(int connection, bool reload)
    {
        await using var host = await Host.StartAsync(Enumerable.Range(0, Many).Select(Host.Backend));
        await using var relay = new Relay(Path.Combine(host.Script.Folder, "relay.sock"), host.HAProxy.RuntimeApiSocket);
        host.Script.Variables["HAPROXY_SOCKET"] = relay.Path;
        relay.Before = number => number != connection ? Task.CompletedTask : reload ? host.HAProxy.ReloadAsync(CancellationToken.None) : host.HAProxy.RestartAsync(CancellationToken.None);

        var failed = await host.Script.ApplyAsync(Wanted(3300));

        failed.ExitCode.ShouldBe(1, failed.Errors);
        failed.Errors.ShouldContain("is not as wanted after 1 tries");
        (await host.Script.RunAsync(["runtime"])).ShouldBe(new Ran(0, "", ""));
        (await host.ReadAsync()).Values.ShouldAllBe(pair => pair.Equals(Host.Agent(3300)));
    }

    [Theory]
    [InlineData(1, "gave no whole answer")]
    [InlineData(FirstWrite + 1, "answered [0-9]+ of [0-9]+ commands")]
    public async Task An_answer_that_is_cut_short_is_a_failure(int connection, string why)
    {
        await using var host = await Host.StartAsync(Enumerable.Range(0, Many).Select(Host.Backend));
        await using var relay = new Relay(Path.Combine(host.Script.Folder, "relay.sock"), host.HAProxy.RuntimeApiSocket) { CutShort = connection };
        host.Script.Variables["HAPROXY_SOCKET"] = relay.Path;

        var failed = await host.Script.ApplyAsync(Wanted(3300));

        failed.ExitCode.ShouldBe(1, failed.Errors);
        failed.Errors.ShouldMatch(why);
    }

    [Fact]
    public async Task A_haproxy_that_reloads_in_the_middle_is_right_at_the_next_try()
    {
        await using var host = await Host.StartAsync(Enumerable.Range(0, Many).Select(Host.Backend));
        await using var relay = new Relay(Path.Combine(host.Script.Folder, "relay.sock"), host.HAProxy.RuntimeApiSocket);
        host.Script.Variables["HAPROXY_SOCKET"] = relay.Path;
        host.Script.Variables["TRAFFIC_SHIFTER_TRIES"] = "2";
        relay.Before = number => number == FirstWrite + 2 ? host.HAProxy.ReloadAsync(CancellationToken.None) : Task.CompletedTask;

        (await host.Script.ApplyAsync(Wanted(3300))).ShouldBe(new Ran(0, "", ""));

        (await host.ReadAsync()).Values.ShouldAllBe(pair => pair.Equals(Host.Agent(3300)));
    }

    [Fact]
    public async Task A_colour_without_a_usable_server_gets_no_traffic_unless_by_force()
    {
        await using var host = await Host.StartAsync("be0", "be1");
        await host.HAProxy.AskAsync("set server be0/green1 state maint", CancellationToken.None);

        var kept = await host.Script.ApplyAsync(Runtime.File(Runtime.App("shop", 10_000, "be0"), Runtime.App("pay", 10_000, "be1")));

        kept.ShouldBe(new Ran(3, "", "kept: shop: green has no usable server and would get more of the traffic\n"));
        (await host.ReadAsync())["be0"].ShouldBe((100, 0));
        (await host.ReadAsync())["be1"].ShouldBe(Host.Agent(10_000));
        (await host.Script.ApplyAsync(Runtime.File(Runtime.App("shop", 10_000, "be0", force: true), Runtime.App("pay", 10_000, "be1")))).ExitCode.ShouldBe(0);
        (await host.ReadAsync())["be0"].ShouldBe(Host.Agent(10_000));
    }

    [Fact]
    public async Task Rows_of_maps_are_set_added_and_deleted_and_other_rows_stay()
    {
        await using var host = await Host.StartMapAsync();
        await host.HAProxy.AskAsync($"add map {host.HAProxy.MapsFolder}/apps.map foreign s.1.web.foreign; add map {host.HAProxy.MapsFolder}/apps.map ruled S.1.web.ruled", CancellationToken.None);

        (await host.Script.ApplyAsync(Runtime.File(Runtime.Map("shop", 500), Runtime.Map("ruled", 600), Runtime.Map("old", 1), "# gone away 4", "host shop.test shop", "host old.test old"))).ShouldBe(new Ran(0, "", ""));
        (await host.Script.ApplyAsync(Runtime.File(Runtime.Map("shop", 0, locked: "blue", index: 11), Runtime.Map("ruled", 600), "# gone old 12", "# gone away 4", "host www.shop.test shop"))).ShouldBe(new Ran(0, "", ""));

        (await Rows(host, "apps.map")).ShouldBe(["foreign s.1.web.foreign", "ruled S.600.web.ruled", "shop b.0.web.shop"]);
        (await Rows(host, "hosts.map")).ShouldBe(["www.shop.test shop"]);
    }

    [Fact]
    public async Task Two_thousand_rows_of_maps_arrive_and_change_in_transactions()
    {
        await using var host = await Host.StartMapAsync();
        await host.HAProxy.AskAsync($"add map {host.HAProxy.MapsFolder}/apps.map foreign s.1.web.foreign", CancellationToken.None);
        foreach (var share in new[] { 500, 7000 })
        {
            (await host.Script.ApplyAsync(Runtime.File([.. Enumerable.Range(0, Many).Select(n => Runtime.Map($"app{n}", share)), .. Enumerable.Range(0, Many).Select(n => $"host app{n}.test app{n}")]))).ShouldBe(new Ran(0, "", ""));

            (await Rows(host, "apps.map")).ShouldBe([.. Enumerable.Range(0, Many).Select(n => $"app{n} s.{share}.web.app{n}"), "foreign s.1.web.foreign"], ignoreOrder: true);
            (await Rows(host, "hosts.map")).Count.ShouldBe(Many);
        }
    }

    [Fact]
    public async Task A_wiped_consul_changes_nothing_and_one_that_is_filled_anew_is_not_believed()
    {
        using var store = new Store(consul);
        await using var host = await Host.StartAsync("be0", "be1");
        await store.PutAllAsync([("apps/shop", Documents.Weights("shop", "be0")), ("state/shop", Documents.Blue), ("apps/pay", Documents.Weights("pay", "be1")), ("state/pay", Documents.Blue), ("weights/pay", Documents.Share(1, 1))]);
        foreach (var green in Enumerable.Range(1, 60)) await store.PutAsync("weights/shop", Documents.Share(100 - green, green));
        (await host.Script.ApplyAsync((await store.RenderAsync("runtime"))!)).ExitCode.ShouldBe(0);
        var before = await host.ReadAsync();
        before["be0"].ShouldBe(Host.Agent(6000));

        await consul.Consul.WipeAsync(CancellationToken.None);
        (await store.RenderAsync("runtime")).ShouldBeNull();
        await store.PutAllAsync([("apps/shop", Documents.Weights("shop", "be0")), ("state/shop", Documents.Blue), ("weights/shop", Documents.Share(1, 0))]);
        var refused = await host.Script.ApplyAsync((await store.RenderAsync("runtime"))!);

        refused.ExitCode.ShouldBe(2);
        refused.Errors.ShouldContain("Consul's shop is older than what was applied before");
        (await host.ReadAsync()).ShouldBe(before, ignoreOrder: true);
    }

    private static string Wanted(int share) => Runtime.File(Enumerable.Range(0, Many).Select(n => Runtime.App($"app{n}", share, Host.Backend(n))));

    private static async Task<IReadOnlyList<string>> Rows(Host host, string map)
    {
        var reply = await host.HAProxy.AskAsync($"show map {host.HAProxy.MapsFolder}/{map}", CancellationToken.None);
        return [.. reply.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Order(StringComparer.Ordinal)];
    }
}
