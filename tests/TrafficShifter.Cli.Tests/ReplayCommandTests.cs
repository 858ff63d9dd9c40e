using System.Text.Json;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class ReplayCommandTests : IDisposable
{
    private readonly User _user = new();

    private const string Header = "t,step,candidate_requests,candidate_bad,stable_requests,stable_bad\n";

    [Theory]
    [InlineData("t,step,candidate_requests,candidate_bad,stable_requests\n5,1,50,0,450\n", "line 1, column 56: the column stable_bad is missing")]
    [InlineData("t,step,candidate_requests,candidate_bad,stable_requests,stable_bad,candidate_slow50\n", "line 1, column 84: the column stable_slow50 is missing")]
    [InlineData("t,step,candidate_requests,candidate_bad,stable_requests,stable_bad,note\n", "line 1, column 68: there is no column \"note\"")]
    [InlineData("t,step,step,candidate_requests,candidate_bad,stable_requests,stable_bad\n", "line 1, column 8: the column step stands twice")]
    [InlineData(Header + "5,1,50,51,450,0\n", "line 2, column 8: candidate_bad is 51, more than candidate_requests, which is 50")]
    [InlineData(Header + "5,1,50,1,450,0\n10,1,50,1,450,451\n", "line 3, column 15: stable_bad is 451, more than stable_requests, which is 450")]
    [InlineData(Header + "5,1,-50,0,450,0\n", "line 2, column 5: candidate_requests is -50; a count is never negative")]
    [InlineData(Header + "5,1,50,0,450,0\n4,1,50,0,450,0\n", "line 3, column 1: t is 4, and 5 in the row before")]
    [InlineData(Header + "5,1,50,0,450,0\n5,1,50,0,450,0\n", "line 3, column 1: t is 5, and 5 in the row before")]
    [InlineData(Header + "5,1,50,x,450,0\n", "line 2, column 8: candidate_bad is \"x\", not a whole number")]
    [InlineData(Header + "5,1,50,0.5,450,0\n", "line 2, column 8: candidate_bad is \"0.5\", not a whole number")]
    [InlineData(Header + "noon,1,50,0,450,0\n", "line 2, column 1: t is \"noon\", not a number of seconds")]
    [InlineData(Header + "5,0,50,0,450,0\n", "line 2, column 3: step is 0, not 1 to 50")]
    [InlineData(Header + "5,1,50,0,450,0\n10,6,50,0,450,0\n", "line 3, column 4: step is 6, the rollout has 5 (--steps)")]
    [InlineData(Header + "5,1,50,0,450\n", "line 2, column 13: 5 cells, the header has 6")]
    [InlineData(Header + "5,1,50,0,450,0,7\n", "line 2, column 16: 7 cells, the header has 6")]
    [InlineData(Header, "line 2, column 1: there is no row below the header")]
    [InlineData("", "line 1, column 1: the file is empty")]
    public async Task File_that_cannot_be_right_is_refused_with_line_and_column(string csv, string problem)
    {
        var run = await ReplayAsync(csv);

        run.ShouldExit(ExitCode.Usage).Error.ShouldStartWith($"error:  stdin, {problem}");
        run.Out.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--alpha", "2", "alpha: 2 is not above 0 and at most 0.5")]
    [InlineData("--alpha", "much", "\"much\" is not a number like 0.01")]
    [InlineData("--weights", "0.5,0.5", "--weights: three numbers are needed")]
    [InlineData("--weights", "0.5,0.5,0.5", "weights: they must be 1 together")]
    [InlineData("--shares", "5%,ten", "\"ten\" is not a share like 5%")]
    [InlineData("--tick", "2m", "tick: 120 s is not within 0.1 and 60 s")]
    [InlineData("--batch-age", "soon", "\"soon\" is not a time like 30s")]
    public async Task Option_that_cannot_be_right_is_refused(string option, string value, string problem)
    {
        var run = await ReplayAsync(Header + "5,1,50,0,450,0\n", option, value);

        run.ShouldExit(ExitCode.Usage).Error.ShouldContain(problem);
        run.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task File_that_is_not_there_is_named() =>
        (await _user.TypeAsync("judge replay /nowhere/counts.csv")).ShouldExit(ExitCode.Usage).Error.ShouldContain("cannot read /nowhere/counts.csv");

    [Fact]
    public async Task Columns_may_stand_in_any_order_with_latency_beside_them()
    {
        var path = Path.Combine(_user.Home, "counts.csv");
        await File.WriteAllTextAsync(path, "\uFEFFstep,t,stable_requests,stable_bad,candidate_requests,candidate_bad,candidate_slow90,stable_slow90\r\n1,5,900,1,100,0,60,90\r\n\r\n1,10,900,1,100,0,,\r\n");

        var lines = Lines(await _user.TypeAsync(["judge", "replay", path]));

        lines.Count.ShouldBe(2);
        var (first, second) = (lines[0], lines[1]);
        first.GetProperty("eSlow90").GetDouble().ShouldBeGreaterThan(1000);
        second.GetProperty("eSlow90").GetDouble().ShouldBe(first.GetProperty("eSlow90").GetDouble(), "a tick without a count leaves the evidence as it is");
        first.TryGetProperty("eSlow50", out _).ShouldBeFalse();
        second.GetProperty("requests").GetInt64().ShouldBe(200);
    }

    [Fact]
    public async Task Step_may_end_when_the_candidate_is_seen_to_be_no_worse()
    {
        var rows = string.Join('\n', Enumerable.Range(1, 20).Select(i => $"{5 * i},1,500,0,4500,2"));

        var decisions = Lines(await ReplayAsync(Header + rows, "--shares", "10%,50%", "--steps", "2")).ConvertAll(line => line.GetProperty("decision").GetString());

        decisions.ShouldNotContain("hold");
        decisions[0].ShouldBe("continue");
        decisions[^1].ShouldBe("advance");
    }

    [Fact]
    public async Task Command_that_does_not_exist_is_refused() => (await _user.TypeAsync("judge guess")).ShouldExit(ExitCode.Usage);

    public void Dispose() => _user.Dispose();

    private static List<JsonElement> Lines(Run run) =>
        [.. run.ShouldExit(ExitCode.Done).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private Task<Run> ReplayAsync(string csv, params string[] options) => _user.TypeAsync(["judge", "replay", "-", .. options], csv);
}
