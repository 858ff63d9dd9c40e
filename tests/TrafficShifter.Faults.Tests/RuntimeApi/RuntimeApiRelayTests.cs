using System.Net.Sockets;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.RuntimeApi;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Faults.Tests.RuntimeApi;

/// <summary>The relay before a real HAProxy, asked by the product's own client.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "xunit ends it by IAsyncLifetime.")]
public sealed class RuntimeApiRelayTests : IAsyncLifetime
{
    private static readonly RuntimeApiOptions Options = new() { ReplyTimeout = TimeSpan.FromMilliseconds(500) };
    private HAProxyProcess _haproxy = null!;
    private RuntimeApiRelay _relay = null!;
    private RuntimeApiClient _client = null!;

    public async Task InitializeAsync()
    {
        _haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup { Backends = [new HAProxyBackend("shop", ["shop.example.com"], [new HAProxyServer("blue1", 9), new HAProxyServer("green1", 9)], null)] }, CancellationToken.None);
        _relay = new RuntimeApiRelay(_haproxy.RuntimeApiSocket, Path.Combine(Path.GetTempPath(), $"relay-{Guid.NewGuid():N}.sock"));
        _client = new RuntimeApiClient(RuntimeApiAddress.Parse(_relay.Address), Options);
    }

    public async Task DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _haproxy.DisposeAsync();
    }

    [Fact]
    public async Task It_passes_everything_on()
    {
        (await AskAsync("set server shop/blue1 weight 77", "get weight shop/blue1")).ShouldBe(["", "77 (initial 100)"]);
        (await WeightAsync()).ShouldBe("77 (initial 100)");
    }

    [Fact]
    public async Task One_that_hangs_answers_nothing_and_does_nothing()
    {
        _relay.Become(Manners.Hangs);

        (await Should.ThrowAsync<RuntimeApiException>(() => AskAsync("set server shop/blue1 weight 77"))).Message.ShouldContain("did not answer completely");
        (await WeightAsync()).ShouldBe("100 (initial 100)");
    }

    [Fact]
    public async Task Half_an_answer_is_told_from_a_whole_one_though_the_command_was_done()
    {
        _relay.Become(Manners.AnswersHalf);

        (await Should.ThrowAsync<RuntimeApiException>(() => AskAsync("set server shop/blue1 weight 77", "show info"))).Message.ShouldContain("closed the connection in the middle");
        (await WeightAsync()).ShouldBe("77 (initial 100)");
    }

    [Fact]
    public async Task Another_commands_answer_is_complete_and_the_command_was_not_heard()
    {
        _relay.Become(Manners.AnswersAnother);

        var replies = await AskAsync("set server shop/blue1 weight 77", "get weight shop/blue1");

        replies.Count.ShouldBe(2);
        replies.ShouldNotContain("77 (initial 100)");
        (await WeightAsync()).ShouldBe("100 (initial 100)");
    }

    [Fact]
    public async Task Garbage_has_the_form_of_an_answer()
    {
        _relay.Become(Manners.AnswersGarbage);

        var reply = (await AskAsync("show servers state shop")).ShouldHaveSingleItem();

        reply.Split('\n').Length.ShouldBe((await _haproxy.AskAsync("show servers state shop", CancellationToken.None)).TrimEnd('\n').Split('\n').Length);
        reply.ShouldNotContain("blue1");
    }

    [Fact]
    public async Task At_level_user_it_answers_as_a_socket_of_that_level_does()
    {
        var directory = Directory.CreateTempSubdirectory("user-").FullName;
        var socket = Path.Combine(directory, "user.sock");
        await using (var real = await HAProxyProcess.StartAsync(
            new HAProxySetup { Backends = [new HAProxyBackend("shop", ["shop.example.com"], [new HAProxyServer("blue1", 9), new HAProxyServer("green1", 9)], null)], ExtraConfiguration = $"global\n    stats socket {socket} mode 600 level user\n" },
            CancellationToken.None))
        {
            string[] commands = ["set server shop/blue1 weight 77", "get weight shop/blue1", "set map none a b", "show servers state shop", "clear counters all"];
            var expected = await new RuntimeApiClient(RuntimeApiAddress.Parse(socket), Options).ExecuteAsync(commands, CancellationToken.None);
            expected[0].ShouldBe("Permission denied");

            _relay.Become(Manners.IsReadOnly);

            var replies = await AskAsync(commands);
            replies.Select(Timeless).ShouldBe(expected.Select(Timeless));
        }
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task When_it_is_over_everything_passes_and_what_was_open_is_broken()
    {
        _relay.Become(Manners.Hangs);
        using var open = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await open.ConnectAsync(new UnixDomainSocketEndPoint(_relay.Address));
        await open.SendAsync("show info\n"u8.ToArray());
        while (_relay.Connections == 0) await Task.Yield();

        _relay.Become(Manners.Right);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        (await ReadEndAsync(open, patience.Token)).ShouldBe(0);
        (await AskAsync("get weight shop/blue1")).ShouldBe(["100 (initial 100)"]);
    }

    /// <summary>A connection that is broken ends, or is reset: which of the two depends on what the other side had read.</summary>
    private static async Task<int> ReadEndAsync(Socket open, CancellationToken cancellationToken)
    {
        try
        {
            return await open.ReceiveAsync(new byte[100], cancellationToken);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private Task<IReadOnlyList<string>> AskAsync(params string[] commands) => _client.ExecuteAsync(commands, CancellationToken.None);

    private async Task<string> WeightAsync() => (await _haproxy.AskAsync("get weight shop/blue1", CancellationToken.None)).TrimEnd('\n');

    /// <summary>Without the columns of a server's state that count seconds.</summary>
    private static string Timeless(string reply) => string.Join('\n', reply.Split('\n').Select(line => line.Split(' ') is { Length: > 20 } columns ? string.Join(' ', columns.Take(5)) : line));
}
