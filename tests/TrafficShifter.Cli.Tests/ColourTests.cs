using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

/// <summary>A side that is left and brought back, as people do it. The server's time is moved by the tests, the command's own is the system's.</summary>
public sealed class ColourTests() : ShopFixture(manualTime: true)
{
    private const string Green = "/api/v1/colours/green";
    private const string Plan = """
        name: short
        steps:
          - { share: 50%, hold: 5s }
        checks:
          - { name: errors, query: 'errors{colour="{{colour}}"}', max: 0.01, window: 3s, interval: 1s, failuresInARow: 2 }
        """;

    [Fact]
    public async Task A_side_is_left_and_brought_back()
    {
        Server.Metrics.Set("errors{colour=\"green\"}", 0.001);
        Server.Metrics.Set("errors{colour=\"blue\"}", 0.001);
        (await TypeAsync("weights set shop blue=70 green=30")).ShouldExit(ExitCode.Done);
        (await TypeAsync("evacuate green --dry-run")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("1 applications would leave ▲ green");
        (await TypeAsync("evacuate green")).ShouldExit(ExitCode.Usage).Error.ShouldContain("--yes");
        (await TypeAsync("colours get green")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("green serves 1 application of 1");

        var leaving = User.TypeAsync("evacuate green --yes --watch --reason upgrade");
        await Server.EventuallyAsync(Green, g => g["quietSince"] is not null, "green observed at 0");

        (await leaving).ShouldExit(ExitCode.Done).Out.ShouldContain("green is evacuated and observed at 0");
        (await TypeAsync("colours")).ShouldExit(ExitCode.Done).Out.ShouldMatch("▲ green +evacuated +1 +0 +1");
        (await TypeAsync("weights set shop green=10%")).ShouldExit(ExitCode.Refused).Error.ShouldContain("green is evacuated");
        (await TypeAsync("evacuate blue --yes")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("without blue nothing would serve");

        var coming = User.TypeAsync($"restore green --yes --watch --plan {WriteFile("plan.yaml", Plan)}");
        await Server.EventuallyAsync(() => coming.IsCompleted, "the end of the watch");

        (await coming).ShouldExit(ExitCode.Done);
        (await TypeAsync("weights get shop")).ShouldExit(ExitCode.Done).Out.ShouldContain("30");
        (await TypeAsync("restore green --yes")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("there is nothing to restore");
    }

    [Fact]
    public async Task Waves_come_from_a_file_and_what_is_wrong_is_said_with_its_place()
    {
        var waves = WriteFile("waves.yaml", "waves:\n  - { apps: [shop] }\npause: 1m\n");
        (await TypeAsync($"evacuate green -f {waves} --dry-run")).ShouldExit(ExitCode.Done).Out.ShouldContain("wave 1: shop");
        (await TypeAsync("evacuate green --steps 50% --yes")).ShouldExit(ExitCode.Refused).Error.ShouldContain("/steps/0/share");
        (await TypeAsync("evacuate red")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("restore")).ShouldExit(ExitCode.Usage);
        (await TypeAsync($"restore green -f {waves}")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("colours approve green shop")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("does not wait");
    }
}
