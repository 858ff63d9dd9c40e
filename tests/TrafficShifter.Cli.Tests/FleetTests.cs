using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

/// <summary>Nodes, history, events, freezes, the stop switch and target rules.</summary>
public sealed class FleetTests : ShopFixture
{
    [Fact]
    public async Task Nodes_are_listed_and_found_by_name()
    {
        await Server.EventuallyAsync("/api/v1/nodes", n => n.AsArray().Count == 1 && n[0]!["live"]!.GetValue<bool>(), "the node live");
        var table = (await TypeAsync("nodes")).ShouldExit(ExitCode.Done).Out;
        table.ShouldStartWith("NODE  STATE");
        table.ShouldContain("hap1");
        (await TypeAsync("nodes -o name")).Out.ShouldBe("hap1" + Environment.NewLine);
        (await TypeAsync("nodes get hap1 -o json")).ShouldExit(ExitCode.Done).Out.ShouldContain("\"node\":\"hap1\"");
        (await TypeAsync("nodes get hap2")).ShouldExit(ExitCode.NotFound).Error.ShouldContain("did you mean hap1?");
        (await TypeAsync("nodes delete hap1 --yes")).ShouldExit(ExitCode.Conflict).Error.ShouldContain("is live");
    }

    [Fact]
    public async Task History_is_filtered_and_comes_as_JSON_lines_oldest_first()
    {
        (await TypeAsync("weights set shop green=10% --reason one")).ShouldExit(ExitCode.Done);
        (await TypeAsync("weights set shop green=20% --reason two")).ShouldExit(ExitCode.Done);
        var lines = (await TypeAsync("history --app shop --kind weights.set -o json")).ShouldExit(ExitCode.Done).Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines.Select(l => JsonNode.Parse(l)!["reason"]!.GetValue<string>()).ShouldBe(["one", "two"]);
        (await TypeAsync("history --limit 1 -o json")).Out.ShouldContain("\"two\"");
        (await TypeAsync("history --by nobody -o json")).ShouldExit(ExitCode.Done).Out.ShouldBeEmpty();
        (await TypeAsync("history --since 1h --by admin --kind weights.")).ShouldExit(ExitCode.Done).Out.ShouldContain("two");
        (await TypeAsync("history --kind weights -o json")).ShouldExit(ExitCode.Done).Out.ShouldContain("\"two\"");
        (await TypeAsync("history --kind weight -o json")).ShouldExit(ExitCode.Done).Out.ShouldBeEmpty();
        var token = JsonNode.Parse(lines[0])!["token"]!.GetValue<string>();
        (await TypeAsync($"history --by {token} -o json")).ShouldExit(ExitCode.Done).Out.ShouldContain("\"two\"");
        (await TypeAsync("history --app nosuch")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("WHEN");
    }

    [Fact]
    public async Task Events_are_followed_as_they_happen()
    {
        var following = User.TypeAsync("events --app shop --timeout 3s");
        // Each shift is told once; the first ones may come before the stream is open.
        for (var green = 1; green <= 20 && !following.IsCompleted; green++)
        {
            (await TypeAsync($"weights set shop green={green}%")).ShouldExit(ExitCode.Done);
            await Server.GetAsync("/healthz");
        }
        var run = (await following).ShouldExit(ExitCode.Done);
        var sentences = run.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!["sentence"]!.GetValue<string>()).ToList();
        sentences.ShouldNotBeEmpty();
        sentences.Distinct().Count().ShouldBe(sentences.Count);
    }

    [Fact]
    public async Task A_freeze_is_added_listed_holds_and_is_removed()
    {
        (await User.TypeAsync(["freeze", "add", "year end", "--to", "2099-01-01T00:00:00Z", "--app", "shop"])).ShouldExit(ExitCode.Done).Out.ShouldContain("freeze \"year end\" added; 1 in all");
        (await User.TypeAsync(["freeze", "add", "friday", "--days", "friday,saturday", "--from", "16:00"])).ShouldExit(ExitCode.Done);
        (await User.TypeAsync(["freeze", "add", "friday", "--days", "friday"])).ShouldExit(ExitCode.Conflict);
        (await TypeAsync("freeze add nothing")).ShouldExit(ExitCode.Usage);
        var table = (await TypeAsync("freeze")).ShouldExit(ExitCode.Done).Out;
        table.ShouldContain("year end");
        table.ShouldContain("friday,saturday");
        (await TypeAsync("rollout start shop --plan fast")).ShouldExit(ExitCode.Refused).Error.ShouldContain("a rollback still works");
        (await TypeAsync("freeze remove friday")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("freeze remove friday --yes")).ShouldExit(ExitCode.Done);
        (await TypeAsync("freeze remove friday --yes")).ShouldExit(ExitCode.NotFound);
        (await TypeAsync("freeze list -o json")).Out.ShouldNotContain("friday");
    }

    [Fact]
    public async Task The_line_is_stopped_and_runs_again()
    {
        (await TypeAsync("stop status")).ShouldExit(ExitCode.Done).Out.ShouldBe("the line runs" + Environment.NewLine);
        (await TypeAsync("stop on --reason incident")).ShouldExit(ExitCode.Done);
        (await TypeAsync("stop status")).ShouldExit(ExitCode.No).Out.ShouldContain("stopped by admin 0s ago: incident");
        (await TypeAsync("stop off")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("stop off --yes")).ShouldExit(ExitCode.Done);
        (await TypeAsync("stop status")).ShouldExit(ExitCode.Done);
    }

    [Fact]
    public async Task Target_rules_are_refused_where_no_user_is_known()
    {
        (await TypeAsync("targets get shop")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("KIND");
        (await TypeAsync("targets set shop -f -", "users: { alice: green }")).ShouldExit(ExitCode.Refused).Error.ShouldContain("nothing changed");
        (await TypeAsync("targets clear shop")).ShouldExit(ExitCode.Usage);
    }
}
