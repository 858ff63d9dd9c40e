using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class PlanTests : ShopFixture
{
    private const string Good = "name: mine\nsteps:\n  - { share: 10%, hold: 10s }\nchecks:\n  - { name: errors, query: errors, max: 0.01, window: 5s }\n";

    [Fact]
    public async Task Lint_needs_no_server_and_names_file_and_place()
    {
        User.Variables["SHIFTER_ADDR"] = "http://127.0.0.1:1";
        var (good, bad, broken) = (WriteFile("good.yaml", Good), WriteFile("bad.json", """{"steps":[{"share":"110%","hold":"10s"}],"checks":[],"colour":"green"}"""), WriteFile("broken.yaml", "steps: [\n"));
        (await TypeAsync($"plan lint {good}")).ShouldExit(ExitCode.Done).Out.ShouldBe($"{good}: good{Environment.NewLine}");

        var run = (await TypeAsync($"plan lint {good} {bad} {broken}")).ShouldExit(ExitCode.No);

        run.Out.ShouldContain($"{bad}: /steps/0/share: ");
        run.Out.ShouldContain($"{bad}: /colour: ");
        run.Out.ShouldContain($"{broken} is not YAML");
        run.Out.ShouldContain($"{good}: good");
        var json = JsonNode.Parse((await TypeAsync($"plan lint {bad} -o json")).ShouldExit(ExitCode.No).Out)!.AsArray();
        json.Select(p => p!["pointer"]!.GetValue<string>()).ShouldContain("/steps/0/share");
        (await TypeAsync("plan lint /no/such/file")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("plan lint -", Good)).ShouldExit(ExitCode.Done);
    }

    [Fact]
    public async Task What_the_built_in_plans_say_is_a_good_file()
    {
        var standard = (await TypeAsync("plan get standard -o yaml")).ShouldExit(ExitCode.Done).Out;
        (await TypeAsync("plan lint -", standard)).ShouldExit(ExitCode.Done);
        (await TypeAsync("plan list -o name")).ShouldExit(ExitCode.Done).Out.Split(Environment.NewLine).ShouldContain("careful");
    }

    [Fact]
    public async Task A_plan_is_compared_stored_and_forgotten()
    {
        var file = WriteFile("mine.yaml", Good);
        (await TypeAsync($"plan diff -f {file}")).ShouldExit(ExitCode.No).Out.ShouldStartWith("+ /: {");
        (await TypeAsync($"plan apply -f {file} --dry-run")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("plan mine would change");
        (await TypeAsync("plan get mine")).ShouldExit(ExitCode.NotFound);
        (await TypeAsync($"plan apply -f {file}")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("plan mine stored; it takes at least 10s");
        (await TypeAsync($"plan apply -f {file}")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("plan mine unchanged");
        (await TypeAsync($"plan diff -f {file}")).ShouldExit(ExitCode.Done).Out.ShouldBeEmpty();

        File.WriteAllText(file, Good.Replace("max: 0.01", "max: 0.02", StringComparison.Ordinal));

        (await TypeAsync($"plan diff -f {file}")).ShouldExit(ExitCode.No).Out.ShouldBe(string.Join(Environment.NewLine, "- /checks/0/max: 0.01", "+ /checks/0/max: 0.02", ""));
        (await TypeAsync($"plan apply -f {file}")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("plan mine changed");
        (await TypeAsync("plan delete mine")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("plan delete mine --yes")).ShouldExit(ExitCode.Done);
        (await TypeAsync("plan delete standard --yes")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("is built in");
        (await TypeAsync("plan apply -f -", "steps: []")).ShouldExit(ExitCode.No).Error.ShouldContain("/steps");
    }
}
