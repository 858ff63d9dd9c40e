using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Templates.Tests;

/// <summary>What a HAProxy starts from: rendered, put in place by the script, and started for real.</summary>
public sealed class ConfigurationTests : IClassFixture<ConsulFixture>, IDisposable
{
    private static readonly RuntimeApiOptions Patient = new() { ConnectTimeout = TimeSpan.FromSeconds(30), ReplyTimeout = TimeSpan.FromSeconds(30) };
    private readonly Store _store;
    private readonly Script _script = new();

    public ConfigurationTests(ConsulFixture consul)
    {
        _store = new Store(consul);
        // HAProxy does not take a configuration whose maps are not there.
        _script.Variables["HAPROXY_HOSTS_MAP"] = Path.Combine(_script.Folder, "hosts.map");
        File.WriteAllText(_script.Variables["HAPROXY_HOSTS_MAP"], "");
    }

    public void Dispose()
    {
        _store.Dispose();
        _script.Dispose();
    }

    [Fact]
    public async Task A_cold_haproxy_starts_on_the_weights_that_the_agent_would_set()
    {
        string[] apps = ["even", "canary", "fine", "uneven", "locked", "swept", "byhand"];
        int[] green = [5000, 1000, 39, 3333, 10_000, 0, 0];
        await _store.PutAllAsync([.. apps.SelectMany(app => Pairs(app, Documents.Blue, Documents.Share(1, 1)))]);
        await _store.PutAllAsync([("weights/canary", Documents.Share(90, 10)), ("weights/fine", Documents.Share(9961, 39)), ("weights/uneven", Documents.Share(2, 1)), ("weights/byhand", "oops")]);
        await _store.PutAsync("control/rollback", Documents.Rollback("stable"));
        // Newer than the rollback: all but one.
        await _store.PutAllAsync(apps.Where(app => app != "swept").Select(app => ("state/" + app, app == "locked" ? Documents.Locked("green") : Documents.Blue + " ")));
        foreach (var (app, n) in apps.Select((app, n) => (app, n)))
        {
            for (var i = 1; i <= 1 + n % 3; i++) await _store.RegisterAsync(Backend(app), $"blue{i}-{app}", "127.0.0.1", 9);
            for (var i = 1; i <= 1 + n % 2; i++) await _store.RegisterAsync(Backend(app), $"green{i}-{app}", "127.0.0.1", 9);
        }

        var file = Path.Combine(_script.Folder, "haproxy.cfg");
        (await _script.InstallAsync((await _store.RenderAsync("haproxy.cfg"))!, file)).ShouldBe(new Ran(0, "", ""));

        await using var haproxy = await HAProxyProcess.StartAsync(new HAProxySetup { Configuration = file, Backends = [] }, CancellationToken.None);
        var balancer = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(haproxy.RuntimeApiSocket), Patient));
        foreach (var (app, share) in apps.Zip(green))
        {
            var routing = new Routing { Backend = ProxyName.Parse(Backend(app)) };
            var reading = await balancer.ReadAsync([routing.Backend], CancellationToken.None);
            // Nothing listens behind these servers, so their checks may have failed by now; it is the start that counts.
            var servers = reading.Backends[routing.Backend].Select(server => server with { Health = ServerHealth.Up }).ToList();
            servers.Count.ShouldBeGreaterThan(1, app);

            var plan = Reconciliation.Plan(routing, Share.OfBasisPoints(share), servers, allowUnusableTarget: false);

            plan.Commands.ShouldBeEmpty($"{app}: {string.Join(", ", servers)}");
        }
    }

    [Fact]
    public async Task The_configuration_is_the_reference_configuration_with_backends()
    {
        await _store.PutAllAsync(Pairs("shop", Documents.Blue, Documents.Share(1, 1)));
        await _store.RegisterAsync(Backend("shop"), "blue-shop", "127.0.0.1", 9);
        await _store.RegisterAsync(Backend("shop"), "no colour", "127.0.0.1", 9);

        var rendered = (await _store.RenderAsync("haproxy.cfg"))!;

        var reference = await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "haproxy", "haproxy.cfg"));
        rendered.ShouldContain(reference[reference.IndexOf("global\n", StringComparison.Ordinal)..].TrimEnd());
        rendered.ShouldContain($"# servers shop 1 0\nbackend {Backend("shop")}\n");
        rendered.ShouldNotContain("no colour");
    }

    [Fact]
    public async Task A_colour_that_vanished_from_the_catalog_leaves_the_backend_of_before()
    {
        await _store.PutAllAsync(Pairs("shop", Documents.Blue, Documents.Share(1, 1)));
        await _store.RegisterAsync(Backend("shop"), "blue-gone", "127.0.0.1", 9);
        await _store.RegisterAsync(Backend("shop"), "green-gone", "127.0.0.1", 9);
        var file = Path.Combine(_script.Folder, "haproxy.cfg");
        (await _script.InstallAsync((await _store.RenderAsync("haproxy.cfg"))!, file)).ExitCode.ShouldBe(0);
        var before = await File.ReadAllTextAsync(file);

        await _store.DeregisterAsync("green-gone");
        var rendered = (await _store.RenderAsync("haproxy.cfg"))!;
        var kept = await _script.InstallAsync(rendered, file);

        kept.ExitCode.ShouldBe(3);
        kept.Errors.ShouldContain("shop: all servers of a colour vanished from Consul's catalog");
        (await File.ReadAllTextAsync(file)).ShouldBe(before);
        (await _script.InstallAsync(rendered, file, "--accept")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_configuration_that_haproxy_refuses_leaves_the_file_of_before()
    {
        await _store.PutAllAsync(Pairs("shop", Documents.Blue, Documents.Share(1, 1)));
        var file = Path.Combine(_script.Folder, "haproxy.cfg");
        var rendered = (await _store.RenderAsync("haproxy.cfg"))!;
        (await _script.InstallAsync(rendered, file)).ExitCode.ShouldBe(0);

        var refused = await _script.InstallAsync(rendered.Replace("balance roundrobin", "balance nobody", StringComparison.Ordinal), file);

        refused.ExitCode.ShouldBe(2);
        refused.Errors.ShouldContain("HAProxy refuses");
        (await File.ReadAllTextAsync(file)).ShouldBe(rendered);
    }

    [Fact]
    public async Task Maps_hold_what_the_agent_writes()
    {
        await _store.PutAllAsync([.. Apps().SelectMany(app => new[] { ("apps/" + app.Name, Documents.Map(app.Name.Value, app.Pool.Value, app.Mode == MapMode.Random ? "random" : "sticky")) })]);
        await _store.PutAllAsync([.. Apps().SelectMany(app => new[] { ("state/" + app.Name, app.Lock is { } to ? Documents.Locked(to.Word()) : Documents.Blue), ("weights/" + app.Name, Documents.Share(app.Green.Rest.BasisPoints, app.Green.BasisPoints)) })]);
        // Of two applications with one host the first has it; a host that cannot be looked up is left out.
        await _store.PutAllAsync([.. Pairs("plain", Documents.Blue, Documents.Share(1, 1)), ("apps/zebra", """{"name":"zebra","hosts":["a.test","Z.test","z.test:80","z.test"],"routing":{"kind":"map","pool":"web"}}"""), ("state/zebra", Documents.Green), ("weights/zebra", Documents.Share(0, 1))]);
        var (image, _) = MapImage.Of([.. Apps(), new MappedApp { Name = AppName.Parse("zebra"), Hosts = [HostName.Parse("a.test"), HostName.Parse("z.test")], Pool = PoolName.Parse("web"), Green = Share.All }]);

        foreach (var file in new[] { MapFile.Apps, MapFile.Hosts })
            Rows(await _store.RenderAsync(file.Name())).ShouldBe(image[file].Select(row => $"{row.Key} {row.Value}"), ignoreOrder: true);
        Rows(await _store.RenderAsync("backends.map")).ShouldBe([$"plain.test {Backend("plain")}"]);
    }

    [Fact]
    public void All_templates_read_the_documents_in_the_same_words()
    {
        var blocks = Templates.Names.Select(name => Templates.Read(name)).Select(text => text[text.IndexOf("{{- /* [common]", StringComparison.Ordinal)..text.IndexOf("{{- /* [common] ends", StringComparison.Ordinal)]).Distinct();

        blocks.ShouldHaveSingleItem();
    }

    private static IEnumerable<MappedApp> Apps()
    {
        yield return new MappedApp { Name = AppName.Parse("a"), Hosts = [HostName.Parse("a.test")], Pool = PoolName.Parse("web"), Green = Share.Parse("0.01%") };
        yield return new MappedApp { Name = AppName.Parse("b"), Hosts = [HostName.Parse("b.test")], Pool = PoolName.Parse("Web_2"), Green = Share.Parse("33.33%"), Mode = MapMode.Random };
        yield return new MappedApp { Name = AppName.Parse("c"), Hosts = [HostName.Parse("c.test")], Pool = PoolName.Parse("web"), Green = Share.Parse("50%"), Lock = Colour.Blue };
        yield return new MappedApp { Name = AppName.Parse("d"), Hosts = [HostName.Parse("d.test")], Pool = PoolName.Parse("web"), Green = Share.None, Lock = Colour.Green };
    }

    private static IEnumerable<string> Rows(string? rendered) => rendered!.Split('\n').Where(line => line.Length > 0 && line[0] != '#');

    /// <summary>The catalog is one for all tests.</summary>
    private string Backend(string app) => $"be_{_store.Prefix.TrimEnd('/')}_{app}";

    private IEnumerable<(string Key, string Value)> Pairs(string app, string state, string weights) =>
        [("apps/" + app, Documents.Weights(app, Backend(app))), ("state/" + app, state), ("weights/" + app, weights)];
}
