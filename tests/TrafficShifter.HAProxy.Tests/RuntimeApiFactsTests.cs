using System.Net.Sockets;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.HAProxy.Tests;

/// <summary>What the client takes for granted about a real HAProxy. One that fails here after an upgrade says what to look at.</summary>
public sealed class RuntimeApiFactsTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("haproxy-facts-").FullName;
    private HAProxyProcess? _haproxy;

    private HAProxyProcess HAProxy => _haproxy!;

    private string UserSocket => Path.Combine(_directory, "user.sock");


    public async Task InitializeAsync()
    {
        var port = FreePorts.Take();
        _haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Backends = [new HAProxyBackend("shop", [], [new HAProxyServer("blue1", port, 100, Checked: false), new HAProxyServer("green1", port, 0, Checked: false)])],
                ExtraConfiguration = $"global\n    stats socket \"{UserSocket}\" mode 600 level user\n",
            },
            CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (_haproxy is not null) await _haproxy.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Each_reply_of_a_batch_is_told_from_the_next()
    {
        var replies = await ExecuteAsync(
            "set server shop/blue1 weight 0", "set server shop/blue1 weight 256", "set server shop/blue1 weight 257", "set server shop/blue1 weight -1",
            "set server shop/blue1 weight abc", "set server shop/blue1 weight 1.5", "set server shop/nobody weight 1", "set server nowhere/blue1 weight 1",
            "show servers state nowhere", "get weight shop/blue1");

        replies.ShouldBe(
        [
            "", "", "Absolute weight can only be between 0 and 256 inclusive.", "Absolute weight can only be between 0 and 256 inclusive.",
            "Empty weight string empty or preceded by garbage", "Trailing garbage in weight string", "No such server.", "No such backend.",
            "Can't find backend.", "256 (initial 100)",
        ]);
    }

    [Fact]
    public async Task Unknown_command_answers_with_help_and_the_next_one_is_carried_out()
    {
        var replies = await ExecuteAsync("shift traffic", "set server shop/blue1 weight 7", "get weight shop/blue1");

        replies[0].ShouldStartWith("Unknown command");
        replies.Skip(1).ShouldBe(["", "7 (initial 100)"]);
    }

    [Fact]
    public async Task Ten_thousand_weights_are_set_in_one_call()
    {
        var replies = await ExecuteAsync([.. Enumerable.Range(0, 10_000).Select(n => $"set server shop/green1 weight {n % 257}"), "get weight shop/green1"]);

        replies.Take(10_000).ShouldAllBe(reply => reply.Length == 0);
        replies[^1].ShouldBe("233 (initial 0)");
    }

    [Fact]
    public async Task Several_calls_at_once_have_their_own_replies()
    {
        var calls = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => ExecuteAsync([.. Enumerable.Repeat("show info", n)])));

        calls.Select(replies => replies.Count).ShouldBe(Enumerable.Range(1, 20));
    }

    [Fact]
    public async Task Level_user_may_read_and_not_write()
    {
        var loadBalancer = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(UserSocket), Patient.Options));
        var command = new SetServerWeight(ProxyName.Parse("shop"), ProxyName.Parse("blue1"), 7);

        (await loadBalancer.ReadAsync([command.Backend], CancellationToken.None)).Backends[command.Backend].Count.ShouldBe(2);
        (await Should.ThrowAsync<RuntimeApiException>(() => loadBalancer.SetWeightsAsync([command], CancellationToken.None))).Reply.ShouldBe("Permission denied");
    }

    [Fact]
    public async Task Server_disabled_in_the_file_is_up_once_it_is_made_ready()
    {
        var shop = ProxyName.Parse("shop");
        await HAProxy.WriteBackendsAsync([new HAProxyBackend("shop", [], [new HAProxyServer("blue1", 1, Checked: false) { Options = "disabled" }])], CancellationToken.None);
        await HAProxy.ReloadAsync(CancellationToken.None);
        var loadBalancer = new HAProxyLoadBalancer(Client());

        (await loadBalancer.ReadAsync([shop], CancellationToken.None)).Backends[shop].Single().Health.ShouldBe(ServerHealth.Maintenance);
        (await ExecuteAsync("set server shop/blue1 state ready")).ShouldBe([""]);
        (await loadBalancer.ReadAsync([shop], CancellationToken.None)).Backends[shop].Single().Health.ShouldBe(ServerHealth.Up);
    }

    [Fact]
    public async Task Frozen_worker_is_a_time_out_and_answers_again_when_it_is_thawed()
    {
        var client = new RuntimeApiClient(RuntimeApiAddress.Parse(HAProxy.RuntimeApiSocket), Patient.Options with { ReplyTimeout = TimeSpan.FromMilliseconds(200) });
        HAProxy.Freeze();

        (await Should.ThrowAsync<RuntimeApiException>(() => client.ExecuteAsync(["show info"], CancellationToken.None))).Message.ShouldContain("did not answer completely within 0.2 s");
        HAProxy.Thaw();
        (await ExecuteAsync("show info")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Connection_that_is_kept_stays_with_the_old_worker_after_a_reload()
    {
        using var kept = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await kept.ConnectAsync(new UnixDomainSocketEndPoint(HAProxy.RuntimeApiSocket));
        await AskKeptAsync(kept, "prompt");
        var old = ShowInfo.Parse(await AskKeptAsync(kept, "show info"));

        await HAProxy.ReloadAsync(CancellationToken.None);

        var oldAfter = ShowInfo.Parse(await AskKeptAsync(kept, "show info"));
        oldAfter.Pid.ShouldBe(old.Pid);
        oldAfter.Stopping.ShouldBeTrue();
        (await AskKeptAsync(kept, "set server shop/blue1 weight 5")).Trim().ShouldBe("Proxy is disabled.");
        var process = await new HAProxyLoadBalancer(Client()).GetProcessAsync(CancellationToken.None);
        process.Pid.ShouldNotBe(old.Pid);
        process.Stopping.ShouldBeFalse();
    }

    private RuntimeApiClient Client() => new(RuntimeApiAddress.Parse(HAProxy.RuntimeApiSocket), Patient.Options);

    private Task<IReadOnlyList<string>> ExecuteAsync(params string[] commands) => Client().ExecuteAsync(commands, CancellationToken.None);

    private static async Task<string> AskKeptAsync(Socket socket, string line)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"));
        var (text, buffer) = ("", new byte[64 * 1024]);
        while (!text.EndsWith("\n> ", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(30));
            count.ShouldBeGreaterThan(0, $"HAProxy closed the connection after \"{text}\"");
            text += Encoding.UTF8.GetString(buffer, 0, count);
        }
        return text[..^3];
    }
}
