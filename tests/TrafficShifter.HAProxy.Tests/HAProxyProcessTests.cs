using System.Globalization;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.HAProxy.Tests;

public sealed class HAProxyProcessTests
{
    private static readonly HAProxySetup Setup = new() { Backends = [new HAProxyBackend("shop", ["shop.test"], [new HAProxyServer("blue1", 1, Checked: false)])] };

    [Fact]
    public async Task The_HAProxy_under_test_is_the_version_that_was_asked_for()
    {
        await using var haproxy = await HAProxyProcess.StartAsync(Setup, CancellationToken.None);
        var version = ShowInfo.Parse(await haproxy.AskAsync("show info", CancellationToken.None)).Version;

        // A path says nothing of a version; a name like haproxy-3.0 does.
        if (Environment.GetEnvironmentVariable(PeerLocator.HAProxyVariable)?.Split("haproxy-") is ["", var asked]) version.ShouldStartWith(asked + ".");
        else Version.Parse(version.Split('-')[0]).ShouldBeGreaterThanOrEqualTo(new Version(2, 6));
    }

    [Fact]
    public async Task Configuration_that_HAProxy_refuses_is_reported_in_its_own_words()
    {
        var broken = Setup with { ExtraConfiguration = "backend other\n    balance nonsense\n" };

        (await Should.ThrowAsync<PeerException>(() => HAProxyProcess.StartAsync(broken, CancellationToken.None))).Message.ShouldContain("balance only supports");
    }

    [Fact]
    public async Task Reload_to_a_broken_configuration_is_refused_and_the_worker_goes_on()
    {
        await using var haproxy = await HAProxyProcess.StartAsync(Setup, CancellationToken.None);
        var worker = await WorkerAsync(haproxy);
        await haproxy.WriteBackendsAsync([new HAProxyBackend("a b", [], [])], CancellationToken.None);

        await Should.ThrowAsync<PeerException>(() => haproxy.ReloadAsync(CancellationToken.None));
        (await WorkerAsync(haproxy)).ShouldBe(worker);
    }

    [Fact]
    public async Task Reload_keeps_the_master_and_changes_the_worker()
    {
        await using var haproxy = await HAProxyProcess.StartAsync(Setup, CancellationToken.None);
        var (master, worker) = (haproxy.Pid, await WorkerAsync(haproxy));

        await haproxy.ReloadAsync(CancellationToken.None);

        haproxy.Pid.ShouldBe(master);
        (await WorkerAsync(haproxy)).ShouldNotBe(worker);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_HAProxy_leaves_no_worker_behind_and_starts_again_on_its_ports(bool frozen)
    {
        await using var haproxy = await HAProxyProcess.StartAsync(Setup, CancellationToken.None);
        var (worker, port) = (await WorkerAsync(haproxy), haproxy.FrontendPort);
        if (frozen) haproxy.Freeze();

        await haproxy.KillAsync();

        haproxy.Pid.ShouldBe(0);
        IsRunning(worker).ShouldBeFalse();
        await haproxy.StartAsync(CancellationToken.None);
        haproxy.FrontendPort.ShouldBe(port);
        (await WorkerAsync(haproxy)).ShouldNotBe(worker);
    }

    [Fact]
    public async Task Stopped_HAProxy_is_gone_with_its_workers()
    {
        await using var haproxy = await HAProxyProcess.StartAsync(Setup, CancellationToken.None);
        var worker = await WorkerAsync(haproxy);

        await haproxy.StopAsync();

        IsRunning(worker).ShouldBeFalse();
        haproxy.Pid.ShouldBe(0);
    }

    private static async Task<int> WorkerAsync(HAProxyProcess haproxy) => ShowInfo.Parse(await haproxy.AskAsync("show info", CancellationToken.None)).Pid;

    /// <summary>A zombie that its parent has not looked at yet does not run.</summary>
    private static bool IsRunning(int pid)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat");
        return File.Exists(status) && File.ReadAllText(status).Split(") ")[^1][0] != 'Z';
    }
}
