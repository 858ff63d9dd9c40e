using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

/// <summary>Rollouts as people and pipelines run them. The server's time is moved by the tests, the command's own is the system's.</summary>
public sealed class RolloutTests() : ShopFixture(manualTime: true)
{
    private const string Plan = """
        name: short
        steps:
          - { share: 10%, hold: 10s }
          - { share: 50%, hold: 10s }
        checks:
          - { name: errors, query: 'errors{colour="{{colour}}"}', max: 0.01, window: 5s, interval: 1s, failuresInARow: 2 }
        """;

    private const string Shop = "/api/v1/apps/shop";

    [Fact]
    public async Task Watched_to_a_good_end_it_is_exit_code_0_and_each_decision_is_a_line()
    {
        SetErrors(green: 0.001);
        var watching = User.TypeAsync($"rollout start shop -f {File()} --watch");
        await PhaseAsync("succeeded");

        var run = (await watching).ShouldExit(ExitCode.Done);

        var lines = run.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldContain(l => l.Contains("→ Advance", StringComparison.Ordinal));
        lines.ShouldContain(l => l.Contains("★ Promote", StringComparison.Ordinal));
        lines[^1].ShouldContain("Done: ");
        run.Out.ShouldNotContain("\u001b");
        (await TypeAsync("rollout watch shop")).ShouldExit(ExitCode.Done);
    }

    [Fact]
    public async Task Rolled_back_it_is_exit_code_1_and_says_why()
    {
        SetErrors(green: 0.5);
        await StartAsync();
        var watching = User.TypeAsync("rollout watch shop -o json");
        await PhaseAsync("rolledBack");

        var run = (await watching).ShouldExit(ExitCode.No);

        var document = JsonNode.Parse(run.Out)!;
        document["phase"]!.GetValue<string>().ShouldBe("rolledBack");
        document["outcome"]!.GetValue<string>().ShouldContain("0.5 is beyond max 0.01");
        (await TypeAsync("rollout explain shop")).ShouldExit(ExitCode.Done).Out.ShouldContain("Roll back");
        var why = (await TypeAsync("rollout explain shop 1")).ShouldExit(ExitCode.Done);
        why.Out.ShouldContain("→ Start");
        (await TypeAsync("rollout explain shop 99")).ShouldExit(ExitCode.NotFound);
    }

    [Fact]
    public async Task When_the_time_is_up_it_is_exit_code_8_and_the_rollout_goes_on()
    {
        await StartAsync();
        var run = (await TypeAsync("rollout watch shop --timeout 300ms")).ShouldExit(ExitCode.StillGoing);
        run.Error.ShouldContain("the rollout goes on");
        (await Server.GetAsync($"{Shop}/rollouts")).Json![0]!["phase"]!.GetValue<string>().ShouldBe("pending");
    }

    [Fact]
    public async Task Ctrl_C_leaves_with_130_and_aborts_nothing()
    {
        await StartAsync();
        using var pressed = new CancellationTokenSource();
        var watching = User.TypeAsync(["rollout", "watch", "shop"], cancellationToken: pressed.Token);
        await PhaseAsync("progressing");
        await pressed.CancelAsync();

        var run = (await watching).ShouldExit(ExitCode.Interrupted);

        run.Error.ShouldContain("left; the rollout goes on");
        (await Server.GetAsync($"{Shop}/rollouts")).Json![0]!["phase"]!.GetValue<string>().ShouldBe("progressing");
    }

    [Fact]
    public async Task A_server_that_is_gone_is_tried_until_the_timeout_and_is_exit_code_7()
    {
        await StartAsync();
        var id = (await TypeAsync("rollout list shop -o name")).ShouldExit(ExitCode.Done).Out.Trim();
        await Server.StopAsync();
        var run = (await TypeAsync($"rollout watch {id} --timeout 5s")).ShouldExit(ExitCode.Away);
        run.Error.ShouldContain("trying again, the rollout goes on");
        await Server.StartAsync();
    }

    [Fact]
    public async Task A_gate_is_exit_code_9_if_that_was_asked_and_a_good_end_for_until_gate()
    {
        SetErrors(green: 0.001);
        await StartAsync("--set steps.0.gate=approve");
        await Server.EventuallyAsync($"{Shop}/rollouts", r => r[0]!["gate"]?["waiting"]?.GetValue<bool>() == true, "the gate");

        (await TypeAsync("rollout watch shop --fail-on-gate")).ShouldExit(ExitCode.WaitsForPerson);
        (await TypeAsync("rollout watch shop --until gate")).ShouldExit(ExitCode.Done);
        (await TypeAsync("rollout watch shop --until step:1")).ShouldExit(ExitCode.Done);
        (await TypeAsync("rollout watch shop --until never")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("rollout approve shop --reason good")).ShouldExit(ExitCode.Done).Out.ShouldContain("approved by admin (good)");
        await PhaseAsync("succeeded");
        (await TypeAsync("undo shop --yes --reason wrong")).ShouldExit(ExitCode.Done).Out.ShouldBe("shop promotion undone: ●100 ▲0" + Environment.NewLine);
    }

    [Fact]
    public async Task It_is_paused_resumed_promoted_and_retried()
    {
        SetErrors(green: 0.001);
        await StartAsync();
        await PhaseAsync("progressing");
        (await TypeAsync("rollout pause shop --reason lunch")).ShouldExit(ExitCode.Done).Out.ShouldContain("Paused: paused by admin (lunch)");
        (await TypeAsync("rollout pause shop")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("state:  nothing changed");
        (await TypeAsync("rollout watch shop --fail-on-gate")).ShouldExit(ExitCode.WaitsForPerson);
        (await TypeAsync("rollout resume shop")).ShouldExit(ExitCode.Done);
        (await TypeAsync("rollout promote shop --yes")).ShouldExit(ExitCode.Usage).Error.ShouldContain("promote needs a reason");
        (await TypeAsync("rollout promote shop --reason hotfix")).ShouldExit(ExitCode.Usage).Error.ShouldContain("--yes");
        using (var person = AtTerminal()) (await person.TypeAsync("rollout promote shop", "hotfix\ny\n")).ShouldExit(ExitCode.Done);
        await PhaseAsync("succeeded");
        (await TypeAsync("rollout abort shop")).ShouldExit(ExitCode.Conflict);
        (await TypeAsync("rollout retry shop")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("green is the stable colour already");
    }

    [Fact]
    public async Task A_trial_shows_the_steps_and_what_each_check_says_now()
    {
        SetErrors(green: 0.5);
        var run = (await TypeAsync($"rollout start shop -f {File()} --dry-run")).ShouldExit(ExitCode.Done);
        run.Out.ShouldStartWith("shop  ● blue → ▲ green  by short, at least 20s (dry run: nothing started)");
        run.Out.ShouldContain("✕ errors: 0.5 is beyond max 0.01");
        (await TypeAsync("rollout get shop")).ShouldExit(ExitCode.NotFound).Error.ShouldContain("try:    shifter rollout start shop");
        (await TypeAsync("rollout start shop --plan nosuch")).ShouldExit(ExitCode.Refused);
        (await TypeAsync($"rollout start shop -f {File()} --set steps.7.hold=1m")).ShouldExit(ExitCode.Usage).Error.ShouldContain("the plan has no \"7\" there");
    }

    [Fact]
    public async Task A_terminal_gets_a_block_of_at_most_twelve_lines()
    {
        SetErrors(green: 0.001);
        await StartAsync();
        await PhaseAsync("progressing");
        using var person = AtTerminal(width: 100);
        var run = (await person.TypeAsync("rollout watch shop --timeout 1500ms")).ShouldExit(ExitCode.StillGoing);
        run.Out.ShouldContain("Ctrl-C leaves; the rollout goes on.   roll back: shifter rollback shop");
        run.Out.ShouldContain("■ 10%");
        run.Out.ShouldContain("\u001b[J");
        var get = (await TypeAsync("rollout get shop")).ShouldExit(ExitCode.Done).Out;
        get.ShouldContain("●90 ████████████████████████████████████▨▨▨▨ 10▲   Moving");
        get.Split(Environment.NewLine).Length.ShouldBeLessThanOrEqualTo(12);
    }

    private string File() => WriteFile("plan.yaml", Plan);

    private void SetErrors(double green)
    {
        Server.Metrics.Set("errors{colour=\"green\"}", green);
        Server.Metrics.Set("errors{colour=\"blue\"}", 0.001);
    }

    private async Task StartAsync(string more = "") => (await TypeAsync($"rollout start shop -f {File()} {more}")).ShouldExit(ExitCode.Done).Out.ShouldContain("started: ● blue → ▲ green, 2 steps");

    private Task<JsonNode> PhaseAsync(string phase) => Server.EventuallyAsync($"{Shop}/rollouts", r => r.AsArray().Count > 0 && r[0]!["phase"]!.GetValue<string>() == phase, $"a rollout that is {phase}");
}
