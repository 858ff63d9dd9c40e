using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.HAProxy.Tests.Maps;

/// <summary>The snippet in a frontend that has rules of its own, and the protocols that pass.</summary>
public sealed class MapSnippetTests
{
    private static string Folder => Path.Combine(PeerLocator.RepositoryRoot, "haproxy");

    private static string Snippet => File.ReadAllText(Path.Combine(Folder, "snippets", "map-routing.cfg"));

    [Fact]
    public void Snippet_has_the_rules_of_the_reference_configuration_in_their_order()
    {
        var reference = File.ReadAllText(Path.Combine(Folder, "map.cfg"));
        var frontend = reference[reference.IndexOf("frontend http\n", StringComparison.Ordinal)..reference.IndexOf("backend no_such_app", StringComparison.Ordinal)];

        // The last one is for hosts that are not on `map` routing at all.
        Rules(frontend).Last().ShouldContain("HAPROXY_HOSTS_MAP");
        Rules(Snippet).ShouldBe(Rules(frontend).SkipLast(1));
    }

    [Fact]
    public async Task Rules_of_the_frontend_before_and_after_the_snippet_all_run_and_its_ACLs_choose_the_app()
    {
        var port = FreePorts.Take();
        var own = string.Create(CultureInfo.InvariantCulture, $$"""
            frontend own
                bind 127.0.0.1:{{port}}
                tcp-request content set-var(txn.ts_app) str(api) if { hdr(host) -m str shop.test } { path_beg /api/ }
                http-request deny deny_status 403 if { path /before }
            {{Snippet}}
                http-request deny deny_status 429 if { path /after }
                http-response set-header x-own yes
                default_backend no_such_app

            """);
        await using var node = await MapNode.StartAsync(extra: own);
        await node.ApplyAsync(MapNode.App("shop", "0%", MapMode.Random), MapNode.App("api", "100%", MapMode.Random) with { Hosts = [] });
        using var client = await PipelinedClient.ConnectAsync(port);

        var answers = await client.AskAsync([.. ((string[])["/", "/api/x", "/before", "/after", "/api"]).Select(path => new PipelinedRequest("shop.test", path, []))]);

        answers.Select(answer => answer.Status).ShouldBe([200, 200, 403, 429, 200]);
        answers.Select(answer => answer.Colour).ShouldBe(["blue", "green", null, null, "blue"]);
        answers[0].Headers["x-own"].ShouldBe("yes");
    }

    [Theory]
    [InlineData("http", "proto h2", "2.0")]
    [InlineData("https", "ssl crt tls.pem alpn h2,http/1.1", "2.0")]
    [InlineData("https", "ssl crt tls.pem alpn h2,http/1.1", "1.1")]
    public async Task HTTP_2_and_TLS_pass_and_requests_are_split_one_by_one(string scheme, string options, string version)
    {
        var port = FreePorts.Take();
        using var certificate = new CertificateFolder();
        var own = string.Create(CultureInfo.InvariantCulture, $"frontend own\n    bind 127.0.0.1:{port} {options.Replace("tls.pem", certificate.File, StringComparison.Ordinal)}\n{Snippet}\n    default_backend no_such_app\n");
        await using var node = await MapNode.StartAsync(extra: own);
        await node.ApplyAsync(MapNode.App("shop", "50%"));
        using var http = certificate.CreateClient();

        var colours = await Task.WhenAll(Enumerable.Range(0, 100).Select(async n =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{scheme}://127.0.0.1:{port}/"))
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { Host = "shop.test" },
            };
            request.Headers.Add("X-User-Id", $"user-{n}");
            using var answer = await http.SendAsync(request);
            answer.Version.ShouldBe(Version.Parse(version));
            return answer.Headers.GetValues("X-Colour").Single();
        }));

        colours.ShouldBe((await node.AskAsync([.. Enumerable.Range(0, 100).Select(n => PipelinedRequest.By($"user-{n}"))])).Select(answer => answer.Colour));
        colours.Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task WebSocket_passes_and_stays_with_its_colour_over_a_shift()
    {
        await using var echo = await StartEchoAsync();
        await using var node = await MapNode.StartAsync(extra: Pool("ws_blue", new Uri(echo.Urls.Single()).Port) + Pool("ws_green", new Uri(echo.Urls.Single()).Port));
        await node.ApplyAsync(MapNode.App("shop", "0%") with { Pool = PoolName.Parse("ws") });
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", "shop.test");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{node.Process.FrontendPort}/"), CancellationToken.None);

        (await SayAsync(socket, "hello")).ShouldBe("hello");
        await node.ApplyAsync(MapNode.App("shop", "100%") with { Pool = PoolName.Parse("ws") });
        (await SayAsync(socket, "still here")).ShouldBe("still here");
    }

    private static string Pool(string name, int port) => string.Create(CultureInfo.InvariantCulture, $"backend {name}\n    server s1 127.0.0.1:{port}\n");

    private static async Task<string> SayAsync(ClientWebSocket socket, string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private static async Task<WebApplication> StartEchoAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(EchoAsync);
        await app.StartAsync();
        return app;
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[100];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: WebSocketMessageType.Text } received)
            await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
    }

    private static IEnumerable<string> Rules(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("tcp-request", StringComparison.Ordinal) || line.StartsWith("http-re", StringComparison.Ordinal) || line.StartsWith("use_backend", StringComparison.Ordinal));
}
