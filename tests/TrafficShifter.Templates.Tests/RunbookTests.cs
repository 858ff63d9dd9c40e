using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Templates.Tests;

/// <summary>The runbook's rollback by hand, its very lines, on a real HAProxy: they are typed when nothing else is left.</summary>
public sealed class RunbookTests
{
    [Fact]
    public async Task Weights_are_rolled_back_by_hand()
    {
        await using var host = await Host.StartAsync("shop");
        await host.HAProxy.AskAsync("set weight shop/blue1 10; set weight shop/green1 90", CancellationToken.None);

        (await RunAsync(host, "set weight ")).ExitCode.ShouldBe(0);

        (await host.HAProxy.AskAsync("get weight shop/blue1", CancellationToken.None)).ShouldStartWith("256 ");
        (await host.HAProxy.AskAsync("get weight shop/green1", CancellationToken.None)).ShouldStartWith("0 ");
    }

    [Fact]
    public async Task A_row_is_rolled_back_by_hand_and_a_reload_keeps_it()
    {
        await using var host = await Host.StartMapAsync();
        await File.AppendAllTextAsync(Path.Combine(host.HAProxy.MapsFolder, "apps.map"), "shop2 s.100.web.shop2\nshop S.5000.web.shop\n");
        await host.HAProxy.ReloadAsync(CancellationToken.None);

        var ran = await RunAsync(host, "set map ");

        (ran.ExitCode, ran.Errors).ShouldBe((0, ""));
        ran.Output.ShouldContain(" shop S.5000.web.shop\n");
        await ShouldBeLockedAsync(host);
        await host.HAProxy.ReloadAsync(CancellationToken.None);
        await ShouldBeLockedAsync(host);
    }

    private static async Task ShouldBeLockedAsync(Host host)
    {
        var rows = await host.HAProxy.AskAsync($"show map {host.HAProxy.MapsFolder}/apps.map", CancellationToken.None);
        rows.ShouldContain(" shop b.0.web.shop\n");
        rows.ShouldContain(" shop2 s.100.web.shop2\n");
    }

    /// <summary>The runbook's block with this command, for this host's socket and folder.</summary>
    private static async Task<Ran> RunAsync(Host host, string command)
    {
        var runbook = await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "docs", "runbook.md"));
        var block = runbook.Split("```").Where((_, n) => n % 2 == 1).Single(block => block.Contains(command, StringComparison.Ordinal));
        return await host.Script.ShellAsync(block
            .Replace("- /run/haproxy/admin.sock", $"- UNIX-CONNECT:{host.HAProxy.RuntimeApiSocket}", StringComparison.Ordinal)
            .Replace("/var/lib/haproxy/maps", host.HAProxy.MapsFolder, StringComparison.Ordinal));
    }
}
