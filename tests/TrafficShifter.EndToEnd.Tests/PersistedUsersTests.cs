using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Users whom HAProxy's own persistence keeps on a colour, and a rollback that takes them along by maintenance.</summary>
public sealed class PersistedUsersTests
{
    [Fact]
    public async Task A_rollback_moves_a_cookie_user_by_maintenance_over_restarts_and_the_unlock_takes_it_back()
    {
        await using var blue = await Origin.StartAsync("blue");
        await using var green = await Origin.StartAsync("green");
        var port = FreePorts.Take();
        await using var haproxy = await StartHAProxyAsync(port, blue, green);
        await using var server = await ServerProcess.StartAsync(new ServerSetup { Nodes = [new ServerNode("hap1", haproxy.RuntimeApiSocket)] });
        using var api = new Api(server.Address, await server.ReadAdminTokenAsync());
        (await api.SendAsync(HttpMethod.Put, "apps/shop", new { routing = new { backend = "shop", onPersistence = "maint" } })).Status.ShouldBe(201);
        (await api.ShiftAsync("shop", 0, 100)).Status.ShouldBe(200);
        // Keeps its cookies.
        using var user = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        (await user.GetStringAsync("/")).ShouldBe("green");
        (await api.ShiftAsync("shop", 100, 0)).Status.ShouldBe(200);
        (await user.GetStringAsync("/")).ShouldBe("green", "a shift leaves the users that are kept");

        var rolledBack = await api.RollBackAsync("shop");

        rolledBack.Status.ShouldBe(200, rolledBack.ToString());
        rolledBack.Text("left").ShouldBe("green is at 0 on hap1 so far: no session is left, and no request came since the rollback");
        (await user.GetStringAsync("/")).ShouldBe("blue");
        await haproxy.RestartAsync(CancellationToken.None);
        await SeeStateAsync(haproxy, "1", "green1 in maintenance again");
        await server.KillAsync();
        await server.RestartAsync();
        (await api.UnlockAsync("shop")).Status.ShouldBe(200);
        await SeeStateAsync(haproxy, "0", "green1 ready");
        (await user.GetStringAsync("/")).ShouldBe("blue", "the user has blue's cookie now");
    }

    [Fact]
    public async Task A_rollback_that_leaves_them_where_they_are_does_not_say_that_nobody_is_left()
    {
        await using var blue = await Origin.StartAsync("blue");
        await using var green = await Origin.StartAsync("green");
        var port = FreePorts.Take();
        await using var haproxy = await StartHAProxyAsync(port, blue, green);
        await using var server = await ServerProcess.StartAsync(new ServerSetup { Nodes = [new ServerNode("hap1", haproxy.RuntimeApiSocket)] });
        using var api = new Api(server.Address, await server.ReadAdminTokenAsync());
        (await api.SendAsync(HttpMethod.Put, "apps/shop", new { routing = new { backend = "shop", onPersistence = "warn" } })).Status.ShouldBe(201);
        (await api.ShiftAsync("shop", 0, 100)).Status.ShouldBe(200);
        using var user = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        (await user.GetStringAsync("/")).ShouldBe("green");

        var rolledBack = await api.RollBackAsync("shop");

        rolledBack.Status.ShouldBe(200, rolledBack.ToString());
        rolledBack.Text("left").ShouldBe("hap1: green is at 0 sessions so far, no request came to green since the rollback; its backend has cookie \"SRV\" in haproxy.cfg: users that it keeps stay on green at weight 0");
        (await user.GetStringAsync("/")).ShouldBe("green", "that is true");
    }

    private static Task<HAProxyProcess> StartHAProxyAsync(int port, Origin blue, Origin green) => HAProxyProcess.StartAsync(
        new HAProxySetup
        {
            Backends = [],
            ExtraConfiguration = FormattableString.Invariant($"""
                frontend users
                    bind 127.0.0.1:{port}
                    default_backend shop
                backend shop
                    balance roundrobin
                    cookie SRV insert indirect nocache
                    server blue1 127.0.0.1:{blue.Port} cookie b
                    server green1 127.0.0.1:{green.Port} cookie g

                """),
        },
        CancellationToken.None);

    /// <param name="state">srv_admin_state: 1 is maintenance by a command, 0 none.</param>
    private static Task<string> SeeStateAsync(HAProxyProcess haproxy, string state, string theEvent) =>
        Eventually.SeeAsync(theEvent, async () => (await haproxy.AskAsync("show servers state shop", CancellationToken.None)).Split('\n').FirstOrDefault(l => l.Contains(" green1 ", StringComparison.Ordinal)) ?? "", line => line.Split(' ').ElementAtOrDefault(6) == state);
}
