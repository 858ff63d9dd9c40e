using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Templates.Tests;

/// <summary>What HAProxy starts from when a document is broken: its own application stays as it was, and the rollback of the others is in it.</summary>
public sealed class InstallTests(ConsulFixture consul) : IClassFixture<ConsulFixture>, IDisposable
{
    private readonly Store _store = new(consul);
    private readonly Script _script = new();

    public void Dispose()
    {
        _store.Dispose();
        _script.Dispose();
    }

    [Theory]
    [InlineData("apps/shop", "definition")]
    [InlineData("state/shop", "state")]
    [InlineData("weights/shop", "weights")]
    public async Task One_broken_document_keeps_its_own_rows_and_the_rollback_of_the_others_arrives(string broken, string what)
    {
        await _store.PutAllAsync([.. Mapped("shop"), .. Mapped("pay"), .. Weighted("bill")]);
        foreach (var map in new[] { "apps.map", "hosts.map", "backends.map" }) (await InstallAsync(map)).ShouldBe(new Ran(0, "", ""));

        await _store.PutAllAsync([(broken, "oops"), ("state/pay", Documents.Locked("blue"))]);
        // Nobody gets the host of an application that is kept.
        await _store.PutAllAsync([("apps/thief", Documents.Map("thief", "web").Replace("thief.test", "shop.test", StringComparison.Ordinal)), ("state/thief", Documents.Blue), ("weights/thief", Documents.Share(1, 0))]);
        foreach (var map in new[] { "apps.map", "hosts.map", "backends.map" })
        {
            var kept = await InstallAsync(map);
            kept.ExitCode.ShouldBe(3);
            kept.Errors.ShouldBe($"kept: shop: its {what} in Consul {(what == "weights" ? "are" : "is")} not there or not valid\n");
        }

        Rows("apps.map").ShouldBe(["pay b.0.web.pay", "shop s.5000.web.shop", "thief s.0.web.thief"]);
        Rows("hosts.map").ShouldBe(["pay.test pay", "shop.test shop"]);
        Rows("backends.map").ShouldBe([$"bill.test {Backend("bill")}"]);
        // For good: the next file is compared with this one.
        (await InstallAsync("apps.map")).ExitCode.ShouldBe(3);
        Rows("apps.map").ShouldContain("shop s.5000.web.shop");
    }

    [Theory]
    [InlineData("apps/shop")]
    [InlineData("state/shop")]
    public async Task One_broken_document_keeps_its_own_backend_and_the_rollback_of_the_others_arrives(string broken)
    {
        await PutWeightedAsync("shop", "pay");
        (await InstallAsync("haproxy.cfg")).ShouldBe(new Ran(0, "", ""));

        await _store.PutAllAsync([(broken, "oops"), ("state/pay", Documents.Locked("blue"))]);
        (await InstallAsync("haproxy.cfg")).ExitCode.ShouldBe(3);

        Servers("shop").ShouldBe(["blue-shop 256", "green-shop 256"]);
        Servers("pay").ShouldBe(["blue-pay 256", "green-pay 0"]);
    }

    [Fact]
    public async Task A_backend_that_haproxy_refuses_is_that_of_before_and_the_others_follow()
    {
        await PutWeightedAsync("shop", "pay");
        (await InstallAsync("haproxy.cfg")).ExitCode.ShouldBe(0);

        await _store.PutAsync("state/pay", Documents.Locked("blue"));
        await _store.RegisterAsync(Backend("shop"), "green-shop", "127.0.0.1", 70_000);
        var kept = await InstallAsync("haproxy.cfg");

        kept.ExitCode.ShouldBe(3, kept.Errors);
        kept.Errors.ShouldContain("invalid port '70000'");
        kept.Errors.ShouldContain("kept: shop: HAProxy refuses its part\n");
        Servers("shop").ShouldBe(["blue-shop 256", "green-shop 256"]);
        Servers("pay").ShouldBe(["blue-pay 256", "green-pay 0"]);
    }

    [Fact]
    public async Task A_server_whose_name_nothing_knows_is_no_reason_to_refuse()
    {
        await PutWeightedAsync("shop");
        await _store.RegisterAsync(Backend("shop"), "green2-shop", "nowhere.invalid", 80);

        (await InstallAsync("haproxy.cfg")).ShouldBe(new Ran(0, "", ""));

        Servers("shop").Count.ShouldBe(3);
    }

    [Fact]
    public async Task Rules_of_an_agents_row_stay_and_so_does_the_row_of_an_application_that_cannot_be_read()
    {
        await _store.PutAllAsync([.. Mapped("shop"), .. Mapped("pay"), .. Mapped("old"), ("apps/bad", "oops")]);
        await _store.PutAsync("state/pay", Documents.Locked("green"));
        // As an agent writes it: none of our lines.
        await File.WriteAllTextAsync(PathOf("apps.map"), "bad S.700.web.bad\nold R.1.web.old\npay S.10.web.pay\nshop S.10.web.shop\n");

        var kept = await InstallAsync("apps.map");

        kept.ShouldBe(new Ran(3, "", "kept: bad: its definition in Consul is not there or not valid\n"));
        Rows("apps.map").ShouldBe(["bad S.700.web.bad", "old S.5000.web.old", "pay g.10000.web.pay", "shop S.5000.web.shop"]);
        (await InstallAsync("apps.map")).ExitCode.ShouldBe(3);
        Rows("apps.map").ShouldContain("shop S.5000.web.shop");
    }

    [Fact]
    public async Task An_older_store_changes_nothing_at_all()
    {
        await _store.PutAllAsync([.. Mapped("shop"), .. Mapped("pay")]);
        var newer = (await _store.RenderAsync("apps.map"))!;
        (await InstallAsync("apps.map")).ExitCode.ShouldBe(0);
        var before = await File.ReadAllTextAsync(PathOf("apps.map"));
        var line = newer.Split('\n').Single(l => l.StartsWith("# app shop ", StringComparison.Ordinal)).Split(' ');

        var older = newer.Replace(string.Join(' ', line), string.Join(' ', [.. line[..10], "1", .. line[11..]]), StringComparison.Ordinal).Replace("s.5000.", "s.9000.", StringComparison.Ordinal);
        var refused = await _script.InstallAsync(older, PathOf("apps.map"));

        refused.ExitCode.ShouldBe(2);
        refused.Errors.ShouldContain("Consul's shop is older than what was applied before");
        (await File.ReadAllTextAsync(PathOf("apps.map"))).ShouldBe(before);
    }

    private async Task<Ran> InstallAsync(string template) => await _script.InstallAsync((await _store.RenderAsync(template))!, PathOf(template));

    private string PathOf(string template) => Path.Combine(_script.Folder, template);

    private List<string> Rows(string map) => [.. File.ReadAllLines(PathOf(map)).Where(line => line[0] != '#').Order(StringComparer.Ordinal)];

    /// <summary>Name and weight of each server in the installed backend.</summary>
    private List<string> Servers(string app) =>
        [.. File.ReadAllLines(PathOf("haproxy.cfg")).Where(line => line.StartsWith("    server ", StringComparison.Ordinal) && line.Contains($"-{app} ", StringComparison.Ordinal)).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(f => $"{f[1]} {f[4]}").Order(StringComparer.Ordinal)];

    private async Task PutWeightedAsync(params string[] apps)
    {
        // HAProxy does not take a configuration whose maps are not there.
        _script.Variables["HAPROXY_HOSTS_MAP"] = PathOf("none.map");
        await File.WriteAllTextAsync(PathOf("none.map"), "");
        await _store.PutAllAsync(apps.SelectMany(Weighted));
        foreach (var app in apps)
        {
            await _store.RegisterAsync(Backend(app), "blue-" + app, "127.0.0.1", 9);
            await _store.RegisterAsync(Backend(app), "green-" + app, "127.0.0.1", 9);
        }
    }

    /// <summary>The catalog is one for all tests.</summary>
    private string Backend(string app) => $"be_{_store.Prefix.TrimEnd('/')}_{app}";

    private IEnumerable<(string Key, string Value)> Weighted(string app) => [("apps/" + app, Documents.Weights(app, Backend(app))), ("state/" + app, Documents.Blue), ("weights/" + app, Documents.Share(1, 1))];

    private static IEnumerable<(string Key, string Value)> Mapped(string app) => [("apps/" + app, Documents.Map(app, "web")), ("state/" + app, Documents.Blue), ("weights/" + app, Documents.Share(1, 1))];
}
