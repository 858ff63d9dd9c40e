using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.Contracts;

/// <summary>What every <see cref="ILoadBalancer"/> does, whatever is behind it.</summary>
/// <remarks>It has the backends of <see cref="Layout"/>, every server up and at the weight of the file, and those of <see cref="Persisting"/>.</remarks>
public abstract class LoadBalancerContract : IAsyncLifetime
{
    protected static readonly IReadOnlyDictionary<string, (string Name, int Weight)[]> Layout = new Dictionary<string, (string, int)[]>
    {
        ["shop"] = [("blue1", 100), ("blue2", 50), ("green1", 0)],
        ["search.v2"] = [("blue1", 256), ("green1", 1)],
    };

    /// <summary>Further backends, with the servers blue1 and green1, that have persistence of HAProxy's own.</summary>
    protected static readonly IReadOnlyDictionary<string, Persistence> Persisting = new Dictionary<string, Persistence>
    {
        ["by-cookie"] = new(Cookie: "SRV"),
        ["by-table"] = new(StickTable: true),
        ["by.both"] = new("SRV", StickTable: true),
    };

    private static readonly ProxyName Shop = ProxyName.Parse("shop");

    protected abstract ILoadBalancer LoadBalancer { get; }

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>Reloads or restarts what is behind it.</summary>
    protected abstract Task RestartAsync();

    /// <summary>Ends what is behind it.</summary>
    protected abstract Task StopAsync();

    protected abstract Task SetHealthAsync(string backend, string server, ServerHealth health);

    [Fact]
    public async Task Reading_has_every_server_in_order_with_weight_and_health()
    {
        var reading = await ReadAsync("shop");

        reading.Backends[Shop].Select(s => s with { Address = null }).ShouldBe(
        [
            new ServerReading(ProxyName.Parse("blue1"), 100, 100, ServerHealth.Up),
            new ServerReading(ProxyName.Parse("blue2"), 50, 50, ServerHealth.Up),
            new ServerReading(ProxyName.Parse("green1"), 0, 0, ServerHealth.Up),
        ]);
    }

    [Fact]
    public async Task Backend_that_does_not_exist_is_absent_from_the_reading()
    {
        var reading = await ReadAsync("shop", "nobody", "search.v2");

        reading.Backends.Keys.Select(b => b.Value).ShouldBe(["shop", "search.v2"], ignoreOrder: true);
    }

    [Fact]
    public async Task Backends_are_listed()
    {
        var backends = (await LoadBalancer.ListBackendsAsync(CancellationToken.None)).Select(b => b.Value).ToList();

        backends.ShouldContain("shop");
        backends.ShouldContain("search.v2");
        backends.ShouldNotContain("nobody");
    }

    [Fact]
    public async Task What_keeps_users_on_a_server_is_named_and_backends_without_it_are_absent()
    {
        var asked = Persisting.Keys.Concat(["shop", "nobody", "search.v2", "shop"]).Select(b => ProxyName.Parse(b)).ToList();

        var found = await LoadBalancer.FindPersistenceAsync(asked, CancellationToken.None);

        found.ToDictionary(p => p.Key.Value, p => p.Value).ShouldBe(Persisting, ignoreOrder: true);
        (await LoadBalancer.FindPersistenceAsync([], CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Weights_that_are_set_are_read_back_beside_the_initial_ones()
    {
        var written = await SetAsync(("shop", "green1", 256), ("shop", "blue1", 0), ("search.v2", "green1", 7));

        written.Refused.ShouldBeEmpty();
        var reading = await ReadAsync("shop", "search.v2");
        reading.Backends[Shop].Select(s => (s.Weight, s.InitialWeight)).ShouldBe([(0, 100), (50, 50), (256, 0)]);
        reading.Backends[ProxyName.Parse("search.v2")].Select(s => s.Weight).ShouldBe([256, 7]);
    }

    [Fact]
    public async Task What_was_set_is_read_back_with_it_refused_or_not()
    {
        var after = (await SetAsync(("shop", "blue1", 1), ("search.v2", "green1", 7), ("nowhere", "blue1", 3), ("shop", "blue1", 2))).After;

        after.Backends.Keys.Select(b => b.Value).ShouldBe(["shop", "search.v2"], ignoreOrder: true);
        after.Backends[Shop].ShouldBe((await ReadAsync("shop")).Backends[Shop]);
        after.Backends[Shop].Select(s => s.Weight).ShouldBe([2, 50, 0]);
        after.Process.ShouldBe(await LoadBalancer.GetProcessAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Commands_are_carried_out_in_their_order()
    {
        await SetAsync([.. Enumerable.Range(0, 257).Select(weight => ("shop", "blue1", weight)), ("shop", "blue1", 42)]);

        (await ReadAsync("shop")).Backends[Shop][0].Weight.ShouldBe(42);
    }

    [Fact]
    public async Task Refused_commands_are_named_with_the_reason_and_the_others_are_taken()
    {
        var written = await SetAsync(("shop", "blue1", 1), ("shop", "nobody", 2), ("nowhere", "blue1", 3), ("shop", "blue2", 4));

        written.Refused.Select(r => (r.Command.Weight, r.Reply)).ShouldBe([(2, "No such server."), (3, "No such backend.")]);
        (await ReadAsync("shop")).Backends[Shop].Select(s => s.Weight).ShouldBe([1, 4, 0]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(257)]
    public async Task Weight_outside_0_to_256_is_never_sent(int weight)
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => SetAsync(("shop", "blue2", 9), ("shop", "blue1", weight)));

        (await ReadAsync("shop")).Backends[Shop].Select(s => s.Weight).ShouldBe([100, 50, 0]);
    }

    [Fact]
    public async Task Same_process_answers_reads_and_writes()
    {
        var process = await LoadBalancer.GetProcessAsync(CancellationToken.None);

        process.Pid.ShouldBeGreaterThan(0);
        process.StartedAt.ShouldNotBeNull();
        process.Stopping.ShouldBeFalse();
        process.Version.ShouldNotBeEmpty();
        (await ReadAsync("shop")).Process.ShouldBe(process);
        (await SetAsync()).After.Process.ShouldBe(process);
    }

    [Fact]
    public async Task Process_that_restarted_is_another_one_with_the_weights_of_the_file()
    {
        var before = (await SetAsync(("shop", "blue1", 3), ("shop", "green1", 3))).After.Process;

        await RestartAsync();

        var after = await ReadAsync("shop");
        after.Process.ShouldNotBe(before);
        after.Process.Pid.ShouldNotBe(before.Pid);
        after.Backends[Shop].Select(s => s.Weight).ShouldBe([100, 50, 0]);
    }

    [Theory]
    [InlineData(ServerHealth.Maintenance)]
    [InlineData(ServerHealth.Draining)]
    public async Task Server_that_a_person_took_out_says_so_and_keeps_its_weight(ServerHealth health)
    {
        await SetHealthAsync("shop", "blue2", health);

        ((await ReadAsync("shop")).Backends[Shop][1] with { Address = null }).ShouldBe(new ServerReading(ProxyName.Parse("blue2"), 50, 50, health));
        await SetHealthAsync("shop", "blue2", ServerHealth.Up);
        (await ReadAsync("shop")).Backends[Shop][1].Health.ShouldBe(ServerHealth.Up);
    }

    [Fact]
    public async Task Sessions_are_counted_by_server_and_a_backend_that_does_not_exist_is_absent()
    {
        var reading = await LoadBalancer.CountSessionsAsync([Shop, ProxyName.Parse("nobody"), Shop], CancellationToken.None);

        reading.Backends.Keys.ShouldBe([Shop]);
        reading.Backends[Shop].ShouldBe([.. ((string[])["blue1", "blue2", "green1"]).Select(s => new ServerSessions(ProxyName.Parse(s), 0, 0))]);
        reading.Process.ShouldBe(await LoadBalancer.GetProcessAsync(CancellationToken.None));
        (await LoadBalancer.CountSessionsAsync([], CancellationToken.None)).Process.ShouldBe(reading.Process);
    }

    [Fact]
    public async Task Servers_that_cannot_be_told_are_named_and_the_others_are_told()
    {
        ServerName[] servers = [NameOf("shop", "green1"), NameOf("shop", "nobody"), NameOf("nowhere", "blue1"), NameOf("search.v2", "green1")];

        (await LoadBalancer.ShutDownSessionsAsync(servers, CancellationToken.None)).Refused.ShouldBe([new RefusedServer(servers[1], "No such server."), new RefusedServer(servers[2], "No such backend.")]);
        (await LoadBalancer.SetMaintenanceAsync(servers, maintenance: true, CancellationToken.None)).Refused.Select(r => r.Server).ShouldBe([servers[1], servers[2]]);

        var reading = await ReadAsync("shop", "search.v2");
        reading.Backends[Shop].Select(s => s.Health).ShouldBe([ServerHealth.Up, ServerHealth.Up, ServerHealth.Maintenance]);
        reading.Backends[ProxyName.Parse("search.v2")][1].Health.ShouldBe(ServerHealth.Maintenance);
        (await LoadBalancer.SetMaintenanceAsync([servers[0]], maintenance: false, CancellationToken.None)).Refused.ShouldBeEmpty();
        ((await ReadAsync("shop")).Backends[Shop][2] with { Address = null }).ShouldBe(new ServerReading(ProxyName.Parse("green1"), 0, 0, ServerHealth.Up));
    }

    [Fact]
    public async Task Every_call_says_who_is_away()
    {
        await StopAsync();

        foreach (var call in new Func<Task>[]
        {
            () => LoadBalancer.GetProcessAsync(CancellationToken.None), () => LoadBalancer.ListBackendsAsync(CancellationToken.None),
            () => ReadAsync("shop"), () => SetAsync(("shop", "blue1", 1)), () => LoadBalancer.FindPersistenceAsync([Shop], CancellationToken.None),
            () => LoadBalancer.CountSessionsAsync([Shop], CancellationToken.None), () => LoadBalancer.ShutDownSessionsAsync([NameOf("shop", "blue1")], CancellationToken.None),
            () => LoadBalancer.SetMaintenanceAsync([NameOf("shop", "blue1")], maintenance: true, CancellationToken.None),
        })
            (await Should.ThrowAsync<LoadBalancerException>(call)).Message.ShouldContain(LoadBalancer.Name);
    }

    [Fact]
    public async Task Call_that_is_cancelled_throws_nothing_else()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => LoadBalancer.ReadAsync([Shop], cancelled.Token));
    }

    private static ServerName NameOf(string backend, string server) => new(ProxyName.Parse(backend), ProxyName.Parse(server));

    protected Task<LoadBalancerReading> ReadAsync(params string[] backends) =>
        LoadBalancer.ReadAsync([.. backends.Select(b => ProxyName.Parse(b))], CancellationToken.None);

    protected Task<WeightsWritten> SetAsync(params (string Backend, string Server, int Weight)[] commands) =>
        LoadBalancer.SetWeightsAsync([.. commands.Select(c => new SetServerWeight(ProxyName.Parse(c.Backend), ProxyName.Parse(c.Server), c.Weight))], CancellationToken.None);
}
