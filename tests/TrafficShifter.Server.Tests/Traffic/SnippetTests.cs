using System.Diagnostics;
using System.Net;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>What <c>GET …/haproxy</c> prints, word for word, and that the real HAProxy takes it.</summary>
public sealed class SnippetTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task On_weights_routing_it_is_the_backend_as_a_node_has_it()
    {
        _server.LoadBalancer.HAProxy.Configure("shop_back", ("blue1", 100), ("green1", 50), ("spare", 1));

        var text = await PrintAsync("shop", """{"hosts":["shop.example.com","www.shop.example.com"],"routing":{"backend":"shop_back"}}""");

        text.ShouldEndWith("""
                use_backend shop_back if { req.fhdr(host),host_only,lower -m str shop.example.com www.shop.example.com }

            # The servers as node hap1 has them; checks and further settings are yours to add. A server's weight here is its capacity, and holds until the agent has set another.
            backend shop_back
                balance roundrobin
                server blue1 192.0.2.1:80 weight 100 # blue
                server green1 192.0.2.1:80 weight 50 # green
                server spare 192.0.2.1:80 weight 1 # of neither colour, left alone


            """);
        await CheckAsync(text);
    }

    [Fact]
    public async Task Where_no_node_can_be_asked_it_is_a_skeleton_of_the_definition()
    {
        _server.LoadBalancer.Fail(new Core.Ports.LoadBalancerException("away"));

        var text = await PrintAsync("shop", """{"routing":{"backend":"shop_new","blue":{"servers":["web1","web2"]},"green":{"prefix":"new"}}}""");

        text.ShouldContain("No node that answers has the backend yet: put your servers in place of 192.0.2.1:80.");
        text.ShouldContain("    server web1 192.0.2.1:80 weight 100 # blue\n    server web2 192.0.2.1:80 weight 100 # blue\n    server new1 192.0.2.1:80 weight 0 # green\n");
        await CheckAsync(text);
    }

    [Theory]
    [InlineData("""["shop.example.com"]""", "#   tcp-request content set-var(txn.ts_app) str(shop) if { req.fhdr(host),host_only,lower -m str shop.example.com } { path_beg /your/path/ }\n")]
    [InlineData("[]", "#   tcp-request content set-var(txn.ts_app) str(shop) if { req.fhdr(host),host_only,lower -m str your.host.example.com } { path_beg /your/path/ }\n")]
    public async Task On_map_routing_it_is_the_rules_of_the_snippet_and_the_pools_two_backends(string hosts, string path)
    {
        _server.LoadBalancer.HasMaps = true;
        _server.LoadBalancer.HAProxy.Configure("web_blue", ("b1", 100));
        _server.LoadBalancer.HAProxy.Configure("web_green", ("g1", 100), ("g2", 100));

        var text = await PrintAsync("shop", $$$"""{"hosts":{{{hosts}}},"routing":{"kind":"map","pool":"web"}}""");

        text.ShouldContain(path);
        text.ShouldContain(await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "haproxy", "snippets", "map-routing.cfg")));
        text.ShouldContain("#   log ring@shifter len 1024 format raw local0\n");
        text.ShouldEndWith("""
            backend web_blue
                balance roundrobin
                server b1 192.0.2.1:80 weight 100

            backend web_green
                balance roundrobin
                server g1 192.0.2.1:80 weight 100
                server g2 192.0.2.1:80 weight 100


            """);
        await CheckAsync(text);
        // The rule that it proposes for a path works as it stands, too; HAProxy remarks that the snippet's session rule is processed before it.
        await CheckAsync(text.Replace(path, path[1..], StringComparison.Ordinal), remarks: true);
    }

    [Fact]
    public async Task An_application_that_is_not_there_has_none() =>
        (await _server.GetAsync("/api/v1/apps/nobody/haproxy")).ShouldBeProblem(404, "not-found", null, "there is no application \"nobody\"");

    private async Task<string> PrintAsync(string app, string definition)
    {
        (await _server.PutAsync($"/api/v1/apps/{app}", definition)).ShouldBe(HttpStatusCode.Created);
        var answer = (await _server.GetAsync($"/api/v1/apps/{app}/haproxy")).ShouldBe(HttpStatusCode.OK);
        answer.ContentType.ShouldBe("text/plain");
        return answer.Text;
    }

    /// <summary>The real HAProxy takes it, in the smallest configuration around it.</summary>
    private async Task CheckAsync(string snippet, bool remarks = false)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_server.Folder, "maps")).FullName;
        await HAProxyBackends.CreateMapsAsync(folder, CancellationToken.None);
        var (trusted, file) = (Path.Combine(_server.Folder, "trusted.lst"), Path.Combine(_server.Folder, "snippet.cfg"));
        await File.WriteAllTextAsync(trusted, "");
        await File.WriteAllTextAsync(file, $"""
            global
                presetenv HAPROXY_MAPS {folder}
                presetenv HAPROXY_TRUSTED_SOURCES {trusted}
            defaults
                mode http
                timeout connect 1s
                timeout client 1s
                timeout server 1s
            frontend own
                bind 127.0.0.1:{FreePorts.Take()}
            {snippet}
            """);
        using var check = Process.Start(new ProcessStartInfo(PeerLocator.Find("haproxy"), ["-c", "-f", file]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = await Task.WhenAll(check.StandardError.ReadToEndAsync(), check.StandardOutput.ReadToEndAsync());
        await check.WaitForExitAsync();
        check.ExitCode.ShouldBe(0, string.Concat(said) + snippet);
        string.Concat(said).Contains("WARNING", StringComparison.Ordinal).ShouldBe(remarks, string.Concat(said));
    }
}
