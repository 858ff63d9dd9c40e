using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class AppsTests : ShopFixture
{
    private const string Cart = "name: cart\nowners: [payments]\nrouting:\n  backend: shop_back\n  blue: { servers: [blue9] }\n  green: { servers: [green9] }\n";

    [Fact]
    public async Task Json_is_the_document_of_the_API_unchanged() =>
        (await TypeAsync("apps get shop -o json")).ShouldExit(ExitCode.Done).Out.ShouldBe((await Server.GetAsync("/api/v1/apps/shop")).Text + Environment.NewLine);

    [Fact]
    public async Task Names_come_one_a_line() => (await TypeAsync("apps list -o name")).ShouldExit(ExitCode.Done).Out.ShouldBe("shop" + Environment.NewLine);

    [Fact]
    public async Task A_definition_is_registered_then_unchanged_then_changed()
    {
        Server.LoadBalancer.HAProxy.Configure("cart_back", ("blue1", 100), ("green1", 100));
        var file = WriteFile("cart.yaml", "name: cart\nrouting: { backend: cart_back }\n");
        var first = (await TypeAsync($"apps apply -f {file}")).ShouldExit(ExitCode.Done);
        first.Out.ShouldBe("cart registered" + Environment.NewLine);
        first.Error.ShouldStartWith($"cart on {Server.Address.Authority} ({Server.Address.ToString().TrimEnd('/')})");
        (await TypeAsync($"apps apply -f {file}")).ShouldExit(ExitCode.Done).Out.ShouldBe("cart unchanged" + Environment.NewLine);

        File.WriteAllText(file, "name: cart\nowners: [payments]\nrouting: { backend: cart_back }\n");
        var dry = (await TypeAsync($"apps apply -f {file} --dry-run")).ShouldExit(ExitCode.No);
        dry.Out.ShouldBe(string.Join(Environment.NewLine, "cart would change:", "+ /owners/0: \"payments\"", ""));
        (await Server.GetAsync("/api/v1/apps/cart"))["owners"].AsArray().Count.ShouldBe(0);

        (await TypeAsync($"apps apply -f {file}")).ShouldExit(ExitCode.Done).Out.ShouldBe("cart changed" + Environment.NewLine);
        (await TypeAsync("apps apply -f - --dry-run", File.ReadAllText(file))).ShouldExit(ExitCode.Done).Out.ShouldBe("cart would not change" + Environment.NewLine);
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_with_its_place()
    {
        var refused = (await TypeAsync($"apps apply -f {WriteFile("cart.yaml", Cart.Replace("blue9", "blue1", StringComparison.Ordinal).Replace("green9", "green1", StringComparison.Ordinal))}")).ShouldExit(ExitCode.Conflict);
        refused.Error.ShouldContain("error:  ");
        refused.Error.ShouldContain("shop");
        refused.Error.ShouldContain("state:  nothing changed");
        refused.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_without_a_name_is_refused_before_anything_is_asked() =>
        (await TypeAsync("apps apply -f -", "routing: { backend: shop_back }")).ShouldExit(ExitCode.No).Error.ShouldContain("/name is missing");

    [Fact]
    public async Task Deleting_needs_the_typed_name_and_without_a_terminal_a_yes()
    {
        var refused = (await TypeAsync("apps delete shop")).ShouldExit(ExitCode.Usage);
        refused.Error.ShouldContain("nobody can be asked here");
        refused.Error.ShouldContain("try:    repeat it with --yes");
        using var person = AtTerminal();
        (await person.TypeAsync("apps delete shop", "shopp\n")).ShouldExit(ExitCode.Usage).Error.ShouldContain("not confirmed: shop was not typed");
        (await Server.GetAsync("/api/v1/apps/shop")).IsSuccess.ShouldBeTrue();

        (await person.TypeAsync("apps delete shop", "shop\n")).ShouldExit(ExitCode.Done);

        (await TypeAsync("apps get shop")).ShouldExit(ExitCode.NotFound).Error.ShouldContain("there is no application \"shop\"");
    }

    [Fact]
    public async Task Why_a_definition_changed_and_went_stands_in_the_history()
    {
        var file = WriteFile("shop.yaml", "name: shop\nowners: [payments]\nrouting: { backend: shop_back }\n");
        (await TypeAsync($"apps apply -f {file} --reason named")).ShouldExit(ExitCode.Done);
        (await TypeAsync("plan apply -f - --reason careful", "name: mine\nsteps: [{ share: 10%, hold: 1m }]\nchecks: [{ name: up, query: up, min: 1 }]\n")).ShouldExit(ExitCode.Done);
        (await TypeAsync("apps delete shop --yes --force --reason replaced")).ShouldExit(ExitCode.Done);
        (await TypeAsync("history -o json --limit 3")).Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonNode.Parse(l)!["reason"]?.GetValue<string>()).ShouldBe(["named", "careful", "replaced"]);
    }

    [Fact]
    public async Task The_lines_for_haproxy_are_printed_as_they_are() =>
        (await TypeAsync("apps snippet shop")).ShouldExit(ExitCode.Done).Out.ShouldBe((await Server.GetAsync("/api/v1/apps/shop/haproxy")).Text);

    [Fact]
    public async Task A_status_shows_what_is_wanted_and_every_node()
    {
        var status = (await TypeAsync("status shop")).ShouldExit(ExitCode.Done);
        status.Out.ShouldStartWith("shop   stable ● blue   ●100 ▲0   observed on 1 of 1 nodes");
        status.Out.ShouldContain("NODE  PROGRESS  TRAFFIC  PROBLEM");
        status.Out.ShouldContain("hap1  observed  ●100 ▲0  -");
        JsonNode.Parse((await TypeAsync("status shop -o json")).Out)!["app"]!.GetValue<string>().ShouldBe("shop");
    }
}
