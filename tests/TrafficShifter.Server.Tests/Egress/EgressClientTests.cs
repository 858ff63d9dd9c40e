using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Egress;
using TrafficShifter.Server.Egress;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Egress;

/// <summary>The one way out, against a real receiver on loopback.</summary>
public sealed class EgressClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<string, string> None = [];
    private Receiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await Receiver.StartAsync();

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task A_listed_name_at_an_address_of_a_listed_network_is_called()
    {
        using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");

        var reply = await client.PostAsync(Url("hooks.example.com"), "{}", new Dictionary<string, string> { ["X-Test"] = "1" }, Patience, default);

        reply.ShouldBe(new EgressReply.Answered(204, ""));
        var got = _receiver.Received.ShouldHaveSingleItem();
        got.Headers["X-Test"].ShouldBe("1");
        got.Headers["Host"].ShouldBe($"hooks.example.com:{_receiver.Port}");
        got.Headers["Content-Type"].ShouldBe("application/json");
    }

    [Theory]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("::ffff:127.0.0.1", "an IPv4 address in IPv6 clothes")]
    [InlineData("::1", "loopback")]
    [InlineData("10.0.0.1", "private")]
    [InlineData("0.0.0.0", "this host")]
    public async Task A_name_that_resolves_to_a_special_address_is_not_connected_to(string address, string says)
    {
        using var client = Client("hooks.example.com", "", address);

        (await client.PostAsync(Url("hooks.example.com"), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Forbidden>().Problem.ShouldContain(says);
        _receiver.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mapped_address_is_refused_where_loopback_is_listed_and_something_listens_there()
    {
        using var client = Client("hooks.example.com", "127.0.0.0/8", "::ffff:127.0.0.1");

        (await client.PostAsync(Url("hooks.example.com"), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Forbidden>();
        _receiver.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://user@127.0.0.1:{0}/")]
    public async Task An_address_in_another_writing_is_refused_where_the_address_itself_is_listed(string url)
    {
        using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");

        (await client.PostAsync(new Uri($"http://127.0.0.1:{_receiver.Port}/"), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Answered>();
        (await client.PostAsync(new Uri(string.Format(null, url, _receiver.Port)), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Forbidden>();
        _receiver.Received.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_answer_that_was_checked_is_the_one_that_is_connected_to()
    {
        var lookups = 0;
        using var client = Client("hooks.example.com", "127.0.0.0/8", _ => ++lookups == 1 ? ["127.0.0.1"] : ["169.254.169.254"]);

        (await client.PostAsync(Url("hooks.example.com"), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Answered>();

        lookups.ShouldBe(1);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var inside = await Receiver.StartAsync();
        _receiver.Answer = http => { http.Response.Redirect($"http://127.0.0.1:{inside.Port}/latest/meta-data"); return Task.CompletedTask; };
        using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");

        (await client.PostAsync(Url("hooks.example.com"), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Answered>().Status.ShouldBe(302);

        inside.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_asked()
    {
        await using var proxy = await Receiver.StartAsync();
        var start = Environment.GetEnvironmentVariable("http_proxy");
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{proxy.Port}");
        try
        {
            using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");
            (await client.PostAsync(Url("hooks.example.com"), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Answered>();
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", start);
        }
        proxy.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_without_end_is_read_up_to_64_KiB()
    {
        _receiver.Answer = async http =>
        {
            var some = new byte[16 * 1024];
            Array.Fill(some, (byte)'x');
            try
            {
                while (!http.RequestAborted.IsCancellationRequested) await http.Response.Body.WriteAsync(some, http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // The client has had enough.
            }
        };
        using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");

        var reply = await client.PostAsync(Url("hooks.example.com"), "{}", None, Patience, default);

        reply.ShouldBeOfType<EgressReply.Answered>().Text.Length.ShouldBe(EgressClient.MaxReplyBytes);
    }

    [Fact]
    public async Task Something_is_asked_with_its_headers_and_one_header_of_the_answer_is_returned()
    {
        _receiver.Answer = http =>
        {
            http.Response.Headers["X-Version"] = "v2";
            return http.Response.WriteAsync("well");
        };
        using var client = Client("probe.example.com", "127.0.0.0/8", "127.0.0.1");

        var reply = await client.AskAsync(HttpMethod.Get, Url("probe.example.com"), new Dictionary<string, string> { ["Host"] = "shop.example.com" }, "x-version", Patience, default);

        reply.ShouldBe(new EgressReply.Answered(200, "well", "v2"));
        var got = _receiver.Received.ShouldHaveSingleItem();
        (got.Method, got.Body, got.Headers["Host"]).ShouldBe(("GET", "", "shop.example.com"));
        (await client.AskAsync(HttpMethod.Head, Url("probe.example.com"), None, "X-None", Patience, default)).ShouldBe(new EgressReply.Answered(200, ""));
    }

    [Theory]
    [InlineData("X-Test", "1\r\nX-Injected: 2")]
    [InlineData("X-Test\r\nX-Injected", "1")]
    [InlineData("Content-Type", "text/plain")]
    public async Task A_header_that_cannot_be_sent_is_not_and_nothing_else_either(string name, string value)
    {
        using var client = Client("probe.example.com", "127.0.0.0/8", "127.0.0.1");

        (await client.AskAsync(HttpMethod.Get, Url("probe.example.com"), new Dictionary<string, string> { [name] = value }, null, Patience, default)).ShouldBeOfType<EgressReply.Forbidden>();
        _receiver.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_that_never_ends_after_its_status_is_an_answer()
    {
        _receiver.Answer = async http =>
        {
            http.Response.StatusCode = 202;
            await http.Response.WriteAsync("taken");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");

        (await client.PostAsync(Url("hooks.example.com"), "{}", None, TimeSpan.FromSeconds(1), default)).ShouldBe(new EgressReply.Answered(202, "taken"));
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_costs_the_time_out_and_no_more()
    {
        _receiver.Answer = http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");

        var reply = await client.PostAsync(Url("hooks.example.com"), "{}", None, TimeSpan.FromMilliseconds(200), default);

        reply.ShouldBe(new EgressReply.Silent("hooks.example.com did not answer within 0.2 s"));
    }

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_and_a_port_where_nothing_listens_are_silent()
    {
        using var lost = Client("hooks.example.com", "127.0.0.0/8", _ => throw new SocketException((int)SocketError.HostNotFound));
        (await lost.PostAsync(Url("hooks.example.com"), "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Silent>();

        var url = Url("hooks.example.com");
        await _receiver.DisposeAsync();
        using var client = Client("hooks.example.com", "127.0.0.0/8", "127.0.0.1");
        (await client.PostAsync(url, "{}", None, Patience, default)).ShouldBeOfType<EgressReply.Silent>().Problem.ShouldContain("refused", Case.Insensitive);
    }

    private static EgressClient Client(string hosts, string networks, params string[] addresses) => Client(hosts, networks, _ => addresses);

    private static EgressClient Client(string hosts, string networks, Func<string, string[]> resolve) => new(
        EgressPolicy.Parse(hosts, networks), (host, _) => Task.FromResult<IPAddress[]>([.. resolve(host).Select(IPAddress.Parse)]), TimeProvider.System, EgressTrust.OfSystem);

    private Uri Url(string host) => new($"http://{host}:{_receiver.Port}/hook");
}
