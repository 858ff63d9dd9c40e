using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.HAProxy.Tests;

/// <summary>What the client says when the other side misbehaves: every message names the socket, the command and the reply.</summary>
public sealed class RuntimeApiClientTests : IAsyncLifetime
{
    private readonly FakeRuntimeApi _api = FakeRuntimeApi.Start();

    private RuntimeApiOptions _options = Patient.Options;

    private RuntimeApiClient Client => new(RuntimeApiAddress.Parse(_api.Address), _options);

    public Task InitializeAsync()
    {
        _api.HAProxy.Configure("shop", ("blue1", 100), ("green1", 0));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task What_is_asked_at_once_is_answered_whole_or_not_at_all()
    {
        await using var api = FakeRuntimeApi.Start();
        var client = new RuntimeApiClient(RuntimeApiAddress.Parse(api.Address), Patient.Options);

        // It has 50 ms: a machine that is busy may need several goes.
        string? reply = null;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (reply is null && !patience.IsCancellationRequested) reply = client.TryAskNow(ShowInfo.Command);
        ShowInfo.Parse(reply.ShouldNotBeNull()).ShouldBe(await new HAProxyLoadBalancer(client).GetProcessAsync(CancellationToken.None));

        foreach (var mood in (RuntimeApiMood[])[RuntimeApiMood.Hang, RuntimeApiMood.CutInHalf, RuntimeApiMood.Garbage, RuntimeApiMood.Flood])
        {
            api.Mood = mood;
            client.TryAskNow(ShowInfo.Command).ShouldBeNull($"{mood}");
        }
        await api.RefuseAsync();
        client.TryAskNow(ShowInfo.Command).ShouldBeNull("nobody listens");
        await using var tcp = FakeRuntimeApi.Start(tcp: true);
        new RuntimeApiClient(RuntimeApiAddress.Parse(tcp.Address), Patient.Options).TryAskNow(ShowInfo.Command).ShouldBeNull("a TCP connection may take longer");
    }

    [Fact]
    public async Task Every_command_has_its_reply()
    {
        var replies = await ExecuteAsync("set server shop/blue1 weight 5", "show backend", "set server shop/blue1 weight 300", "set server shop/blue1 weight abc", "set server shop/blue1 weight 6");

        replies.ShouldBe(["", "# name\nshop", "Absolute weight can only be between 0 and 256 inclusive.", "Empty weight string empty or preceded by garbage", ""]);
        _api.HAProxy.WeightOf("shop", "blue1").ShouldBe(6);
    }

    [Fact]
    public async Task Commands_may_still_be_made_while_the_first_ones_are_carried_out()
    {
        const int Count = 1_500;
        var (made, madeWhenTheFirstWasDone) = (0, 0);

        var replies = await Client.ExecuteAsMadeAsync(Make(), CancellationToken.None);

        replies.Count.ShouldBe(Count);
        replies[^1].ShouldBe("Absolute weight can only be between 0 and 256 inclusive.");
        _api.HAProxy.WeightOf("shop", "blue1").ShouldBe((Count - 2) % 250);
        madeWhenTheFirstWasDone.ShouldBeInRange(1, Count - 1);

        IEnumerable<string> Make()
        {
            for (; made < Count; made++)
            {
                if (madeWhenTheFirstWasDone == 0 && _api.HAProxy.WeightOf("shop", "blue1") != 100) madeWhenTheFirstWasDone = made;
                yield return made == Count - 1 ? "set server shop/blue1 weight 300" : $"set server shop/blue1 weight {made % 250}";
            }
        }
    }

    [Fact]
    public async Task A_command_that_is_none_ends_those_that_are_being_made()
    {
        IEnumerable<string> commands = Enumerable.Range(0, 1_000).Select(i => i < 999 ? $"set server shop/blue1 weight {i % 250}" : "set server shop/blue1 weight 1; quit");

        await Should.ThrowAsync<ArgumentException>(() => Client.ExecuteAsMadeAsync(commands, CancellationToken.None));
    }

    [Fact]
    public async Task No_commands_need_no_connection()
    {
        await _api.RefuseAsync();

        (await ExecuteAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_command_of_a_long_batch_is_a_line_of_its_own()
    {
        string[] commands = [.. Enumerable.Range(0, 2000).Select(n => $"set server shop/blue1 weight {n % 257}")];

        var replies = await ExecuteAsync(commands);

        replies.Count.ShouldBe(2000);
        replies.ShouldAllBe(reply => reply.Length == 0);
        _api.Lines.ShouldBe(["prompt", .. commands]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("show info;show backend")]
    [InlineData("show info\nshow backend")]
    [InlineData("show info\r")]
    [InlineData("show\0info")]
    [InlineData("add map #1 <<")]
    [InlineData("prompt")]
    [InlineData("quit")]
    public async Task Command_that_would_be_read_as_another_is_never_sent(string command)
    {
        await Should.ThrowAsync<ArgumentException>(() => ExecuteAsync("show info", command));

        _api.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Command_longer_than_a_line_is_never_sent() =>
        await Should.ThrowAsync<ArgumentException>(() => ExecuteAsync(new string('x', 15_000)));

    [Fact]
    public async Task Missing_socket_is_named()
    {
        var client = new RuntimeApiClient(RuntimeApiAddress.Parse(_api.Address + ".not"), Patient.Options);

        var failed = await Should.ThrowAsync<RuntimeApiException>(() => client.ExecuteAsync(["show info"], CancellationToken.None));
        failed.Message.ShouldBe($"HAProxy {_api.Address}.not has no socket there: is HAProxy running, with this `stats socket`?, asked \"show info\"");
        (failed.Address, failed.Command, failed.Reply).ShouldBe((client.Address, "show info", null));
    }

    [Fact]
    public async Task Refused_connection_is_named()
    {
        await _api.RefuseAsync();

        await ShouldFailAsync("refused the connection: nothing listens there");
    }

    [Fact]
    public async Task Hang_is_named_after_the_time_for_a_reply()
    {
        _api.Mood = RuntimeApiMood.Hang;
        _options = Patient.Options with { ReplyTimeout = TimeSpan.FromMilliseconds(200) };

        await ShouldFailAsync("did not answer completely within 0.2 s");
    }

    [Fact]
    public async Task Reply_that_is_cut_in_half_is_never_taken_for_a_whole_one()
    {
        _api.Mood = RuntimeApiMood.CutInHalf;

        (await ShouldFailAsync("closed the connection in the middle of its reply")).Message.ShouldContain("Name: HAProxy Version: 2.6.12");
    }

    [Fact]
    public async Task Reply_of_something_else_is_shown()
    {
        _api.Mood = RuntimeApiMood.Garbage;

        (await ShouldFailAsync("closed the connection in the middle of its reply")).Reply.ShouldNotBeNull().ShouldContain("HTTP/1.0 400 Bad request");
    }

    [Fact]
    public async Task Endless_reply_ends_at_the_limit()
    {
        _api.Mood = RuntimeApiMood.Flood;
        var client = new RuntimeApiClient(RuntimeApiAddress.Parse(_api.Address), Patient.Options with { MaxReplyBytes = 64 * 1024 });

        (await Should.ThrowAsync<RuntimeApiException>(() => client.ExecuteAsync(["show info"], CancellationToken.None)))
            .Message.ShouldContain("answered with more than 65536 bytes");
    }

    [Fact]
    public async Task Level_user_is_named_with_what_it_needs()
    {
        _api.Mood = RuntimeApiMood.UserLevel;
        var command = new SetServerWeight(ProxyName.Parse("shop"), ProxyName.Parse("blue1"), 7);

        (await Should.ThrowAsync<RuntimeApiException>(() => new HAProxyLoadBalancer(Client).SetWeightsAsync([command], CancellationToken.None))).Message.ShouldBe(
            $"HAProxy {_api.Address} does not let this socket set weights (its `stats socket` needs `level admin`), asked \"set server shop/blue1 weight 7\": Permission denied");
        _api.HAProxy.WeightOf("shop", "blue1").ShouldBe(100);
    }

    [Fact]
    public async Task Reply_that_is_not_understood_is_shown()
    {
        _api.Mood = RuntimeApiMood.Nonsense;

        (await Should.ThrowAsync<RuntimeApiException>(() => new HAProxyLoadBalancer(Client).GetProcessAsync(CancellationToken.None))).Message.ShouldBe(
            $"HAProxy {_api.Address} gave a reply that was not understood: it has no Pid, asked \"show info\": Name: SomethingElse");
    }

    [Fact]
    public async Task Caller_who_gives_up_is_not_told_of_a_time_out()
    {
        _api.Mood = RuntimeApiMood.Hang;
        using var patience = new CancellationTokenSource();
        var call = new RuntimeApiClient(RuntimeApiAddress.Parse(_api.Address), Patient.Options).ExecuteAsync(["show info"], patience.Token);

        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
    }

    private Task<IReadOnlyList<string>> ExecuteAsync(params string[] commands) => Client.ExecuteAsync(commands, CancellationToken.None);

    private async Task<RuntimeApiException> ShouldFailAsync(string problem)
    {
        var failed = await Should.ThrowAsync<RuntimeApiException>(() => ExecuteAsync("show info", "show backend"));
        failed.Message.ShouldStartWith($"HAProxy {_api.Address} {problem}");
        return failed;
    }
}
