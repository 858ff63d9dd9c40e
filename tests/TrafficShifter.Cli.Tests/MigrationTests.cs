using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

/// <summary>Migrations as people run them. The server's time is moved by the tests, the command's own is the system's.</summary>
public sealed class MigrationTests() : ShopFixture(manualTime: true)
{
    private const string Spring = """
        name: spring
        to: green
        waves:
          - name: first
            select: { apps: [shop] }
        plan:
          steps:
            - { share: 50%, hold: 10s }
          checks:
            - { name: errors, query: 'errors{colour="{{colour}}"}', max: 0.01, window: 5s, interval: 1s, failuresInARow: 2 }
        """;

    private const string Path = "/api/v1/migrations/spring";

    [Fact]
    public async Task Lint_needs_no_server_and_names_file_and_place()
    {
        User.Variables["SHIFTER_ADDR"] = "http://127.0.0.1:1";
        var (good, bad) = (WriteFile("good.yaml", Spring), WriteFile("bad.yaml", Spring.Replace("apps: [shop]", "apps: []", StringComparison.Ordinal) + "\nparalelism: 3\n"));
        (await TypeAsync($"migration lint {good}")).ShouldExit(ExitCode.Done).Out.ShouldBe($"{good}: good{Environment.NewLine}");
        (await TypeAsync($"migration lint {bad}")).ShouldExit(ExitCode.No).Out.ShouldContain("/paralelism: not a field of a migration");
        var empty = WriteFile("empty.yaml", Spring.Replace("apps: [shop]", "apps: []", StringComparison.Ordinal));
        (await TypeAsync($"migration lint {empty}")).ShouldExit(ExitCode.No).Out.ShouldContain("/waves/0/select/apps: names none");
        (await TypeAsync("migration lint -", Spring.Replace("to: green", "to: red", StringComparison.Ordinal))).ShouldExit(ExitCode.No).Out.ShouldContain("/to");
    }

    [Fact]
    public async Task The_whole_schedule_is_printed_before_anything_is_stored()
    {
        var file = WriteFile("spring.yaml", Spring);
        var run = (await TypeAsync($"migration apply -f {file} --dry-run")).ShouldExit(ExitCode.Done);
        run.Out.ShouldStartWith("1 applications; begins ");
        run.Out.ShouldContain("wave first: 1 applications");
        run.Out.ShouldMatch(@"shop +\d+ +● blue +▲ green");
        (await TypeAsync("migration get spring")).ShouldExit(ExitCode.NotFound);

        var nobody = (await TypeAsync("migration apply -f - --dry-run", Spring.Replace("[shop]", "[shop, cart]", StringComparison.Ordinal))).ShouldExit(ExitCode.No);
        nobody.Error.ShouldContain("/waves/0/select/apps");
        nobody.Error.ShouldContain("cart");
        (await TypeAsync("migration apply -f -", Spring.Replace("[shop]", "[shop, cart]", StringComparison.Ordinal))).ShouldExit(ExitCode.Refused);
    }

    [Fact]
    public async Task Watched_to_a_good_end_it_is_exit_code_0_and_its_report_says_of_each_application_why()
    {
        SetErrors(green: 0.001);
        (await TypeAsync($"migration apply -f {WriteFile("spring.yaml", Spring)}")).ShouldExit(ExitCode.Done).Out.ShouldContain("migration spring is stored");
        (await TypeAsync("migration list")).ShouldExit(ExitCode.Done).Out.ShouldMatch("spring +draft");
        (await TypeAsync("migration watch spring")).ShouldExit(ExitCode.Refused).Error.ShouldContain("has not been started");
        (await TypeAsync("migration start spring")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("migration start spring --dry-run")).ShouldExit(ExitCode.Done).Out.ShouldContain("wave first");

        (await TypeAsync("migration start spring --yes")).ShouldExit(ExitCode.Done);
        (await TypeAsync($"apps apply -f {WriteFile("shop.yaml", "name: shop\nrouting: { backend: shop }\nowners: [others]\n")}")).ShouldExit(ExitCode.Refused);
        var watching = User.TypeAsync("migration watch spring");
        await Server.EventuallyAsync(Path, m => m["phase"]!.GetValue<string>() == "done", "a migration that is done");

        (await watching).ShouldExit(ExitCode.Done).Out.ShouldContain("done, 1 of 1 apps");
        (await TypeAsync("migration report spring")).ShouldExit(ExitCode.Done).Out.ShouldMatch("shop +first +moved");
        (await TypeAsync("migration get spring")).ShouldExit(ExitCode.Done).Out.ShouldContain("✓ first  1 moved");
        (await TypeAsync("migration delete spring --yes")).ShouldExit(ExitCode.Done);
        (await TypeAsync("migration list -o name")).ShouldExit(ExitCode.Done).Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_one_is_rolled_back_it_is_exit_code_1()
    {
        SetErrors(green: 0.5);
        (await TypeAsync($"migration apply -f {WriteFile("spring.yaml", Spring)}")).ShouldExit(ExitCode.Done);
        var watching = User.TypeAsync("migration start spring --yes --watch");
        await Server.EventuallyAsync(Path, m => m["phase"]!.GetValue<string>() == "done", "a migration that is done");

        (await watching).ShouldExit(ExitCode.No);

        var report = JsonNode.Parse((await TypeAsync("migration report spring -o json")).ShouldExit(ExitCode.Done).Out)!;
        report["apps"]![0]!["phase"]!.GetValue<string>().ShouldBe("rolledBack");
        report["apps"]![0]!["sentence"]!.GetValue<string>().ShouldContain("0.5 is beyond max 0.01");
    }

    [Fact]
    public async Task A_gate_fails_a_pipeline_that_asks_for_it_and_people_steer()
    {
        SetErrors(green: 0.001);
        var gated = Spring.Replace("select: { apps: [shop] }", "select: { apps: [shop] }\n    gate: {}", StringComparison.Ordinal);
        (await TypeAsync("migration apply -f -", gated)).ShouldExit(ExitCode.Done);
        (await TypeAsync("migration start spring --yes")).ShouldExit(ExitCode.Done);
        await Server.EventuallyAsync(Path, m => m["waves"]![0]!["phase"]!.GetValue<string>() == "gate", "a gate that waits");
        (await TypeAsync("migration watch spring --fail-on-gate")).ShouldExit(ExitCode.WaitsForPerson).Out.ShouldContain("wave first waits for approval");
        (await TypeAsync("migration pause spring --reason lunch")).ShouldExit(ExitCode.Done).Out.ShouldContain("migration spring is paused");
        (await TypeAsync("migration approve spring")).ShouldExit(ExitCode.Conflict);
        (await TypeAsync("migration resume spring")).ShouldExit(ExitCode.Done);
        (await TypeAsync("migration approve spring")).ShouldExit(ExitCode.Done);
        (await TypeAsync("migration abort spring --rollouts abort --yes")).ShouldExit(ExitCode.Done);
        await Server.EventuallyAsync(Path, m => m["phase"]!.GetValue<string>() == "aborted", "a migration that is aborted");
        (await TypeAsync("migration watch spring")).ShouldExit(ExitCode.No);
    }

    [Fact]
    public async Task Parity_says_who_is_ready_and_why_others_are_not()
    {
        (await TypeAsync("parity --to green")).ShouldExit(ExitCode.Done).Out.ShouldMatch("shop +▲ green +yes");
        (await TypeAsync("parity shop -o name")).ShouldExit(ExitCode.Done).Out.Trim().ShouldBe("shop");
        (await TypeAsync("parity shop --migration spring")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("parity --migration spring")).ShouldExit(ExitCode.NotFound);
    }

    private void SetErrors(double green)
    {
        Server.Metrics.Set("errors{colour=\"green\"}", green);
        Server.Metrics.Set("errors{colour=\"blue\"}", 0.001);
    }
}
