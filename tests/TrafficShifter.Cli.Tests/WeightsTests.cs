using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class WeightsTests : ShopFixture
{
    [Theory]
    [InlineData("green=10%", 90, 10)]
    [InlineData("blue=25%", 25, 75)]
    [InlineData("blue=75% green=25%", 75, 25)]
    [InlineData("blue=3 green=1", 3, 1)]
    public async Task Weights_are_set_as_they_are_typed(string typed, int blue, int green)
    {
        (await TypeAsync($"weights set shop {typed} --reason canary")).ShouldExit(ExitCode.Done);
        var weights = await Server.GetAsync("/api/v1/apps/shop/weights");
        (weights["blue"].GetValue<int>(), weights["green"].GetValue<int>(), weights["reason"].GetValue<string>()).ShouldBe((blue, green, "canary"));
    }

    [Fact]
    public async Task With_wait_it_says_on_how_many_nodes_it_was_observed()
    {
        var run = (await TypeAsync("weights set shop green=10% --wait 5s")).ShouldExit(ExitCode.Done);
        run.Out.ShouldBe("shop  ●90 ▲10  observed on 1 of 1 nodes" + Environment.NewLine);
        var shown = (await TypeAsync("weights get shop")).ShouldExit(ExitCode.Done).Out;
        shown.ShouldStartWith("APP   TRAFFIC  BLUE  GREEN  SINCE  BY     WHY");
        shown.ShouldContain("shop  ●90 ▲10  90    10     0s     admin  -");
    }

    [Theory]
    [InlineData("green")]
    [InlineData("green=")]
    [InlineData("red=10%")]
    [InlineData("green=10")]
    [InlineData("green=101%")]
    [InlineData("green=0.001%")]
    [InlineData("green=10% green=20%")]
    [InlineData("green=10% blue=80%")]
    [InlineData("green=10% blue=90")]
    [InlineData("blue=0 green=0")]
    [InlineData("blue=-1 green=1")]
    [InlineData("blue=1000001 green=1")]
    public async Task What_says_no_weights_is_refused_with_an_example(string typed)
    {
        var run = (await TypeAsync($"weights set shop {typed}")).ShouldExit(ExitCode.Usage);
        run.Error.ShouldContain("try:    shifter weights set APP green=10%");
        run.Out.ShouldBeEmpty();
        (await Server.GetAsync("/api/v1/apps/shop/weights"))["green"].GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task A_share_that_the_servers_cannot_make_is_refused_and_says_which_are_near()
    {
        var run = (await TypeAsync("weights set shop green=0.05%")).ShouldExit(ExitCode.Refused);
        run.Error.ShouldContain("error:  /green: on node hap1: green 0.05% cannot be made");
        run.Error.ShouldContain("state:  nothing changed");
    }

    [Fact]
    public async Task A_dry_run_says_what_each_node_would_make_of_it_and_writes_nothing()
    {
        var run = (await TypeAsync("weights set shop green=10% --dry-run")).ShouldExit(ExitCode.Done);
        run.Out.ShouldBe(string.Join(Environment.NewLine, "shop  ●90 ▲10  (dry run: nothing changed)", "  hap1  ●90 ▲10", ""));
        (await Server.GetAsync("/api/v1/apps/shop/weights"))["green"].GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task Who_comes_second_with_an_old_version_sees_the_current_weights()
    {
        var version = (await Server.GetAsync("/api/v1/apps/shop/weights")).ETag!.Trim('"');
        (await TypeAsync($"weights set shop green=10% --if-match {version}")).ShouldExit(ExitCode.Done);
        var late = (await TypeAsync($"weights set shop green=20% --if-match {version}")).ShouldExit(ExitCode.Conflict);
        late.Error.ShouldContain("state:  nothing changed; it is {\"blue\":90,\"green\":10");
        late.Error.ShouldContain("try:    look again, then repeat it");
    }

    [Fact]
    public async Task Under_a_lock_it_is_refused_and_names_the_way_out()
    {
        (await TypeAsync("rollback shop")).ShouldExit(ExitCode.Done);
        (await TypeAsync("weights set shop green=10%")).ShouldExit(ExitCode.Refused).Error.ShouldContain("try:    shifter unlock shop");
        (await TypeAsync("unlock shop")).ShouldExit(ExitCode.Done).Out.ShouldBe("shop unlocked: ●100 ▲0" + Environment.NewLine);
        (await TypeAsync("weights set shop green=10%")).ShouldExit(ExitCode.Done);
    }
}
