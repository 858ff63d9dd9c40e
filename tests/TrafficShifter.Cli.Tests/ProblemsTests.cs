using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Cli.Tests;

/// <summary>What goes wrong: the exit code, three lines for people, one document for programs, nothing on stdout.</summary>
public sealed class ProblemsTests : ShopFixture
{
    [Theory]
    [InlineData("apps get cart", ExitCode.NotFound, "not-found")]
    [InlineData("weights set shop green=0.05%", ExitCode.Refused, "impossible")]
    [InlineData("rollout pause shop", ExitCode.NotFound, "not-found")]
    [InlineData("apps delete shop", ExitCode.Usage, "usage")]
    [InlineData("weights set shop", ExitCode.Usage, "usage")]
    public async Task For_programs_the_problem_is_one_document_on_stderr_and_stdout_is_empty(string commandLine, int exitCode, string type)
    {
        var run = (await TypeAsync($"{commandLine} -q -o json")).ShouldExit(exitCode);
        run.Out.ShouldBeEmpty();
        JsonNode.Parse(run.Error)!["type"]!.GetValue<string>().ShouldBe($"urn:trafficshifter:problem:{type}");
    }

    [Fact]
    public async Task Without_a_token_or_with_a_wrong_one_it_says_how_to_sign_in()
    {
        User.Variables.Remove("SHIFTER_TOKEN");
        (await TypeAsync("apps")).ShouldExit(ExitCode.NotAllowed).Error.ShouldContain("try:    shifter login, or set SHIFTER_TOKEN");
        User.Variables["SHIFTER_TOKEN"] = "ts_00000000000000000000000000000000";
        var wrong = (await TypeAsync("apps -v")).ShouldExit(ExitCode.NotAllowed);
        wrong.Error.ShouldContain("401");
        wrong.Error.ShouldNotContain("ts_0000");
    }

    [Fact]
    public async Task A_server_that_is_away_is_named_and_nothing_changed()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var run = (await TypeAsync($"weights set shop green=10% --server http://127.0.0.1:{port}")).ShouldExit(ExitCode.Away);
        run.Error.ShouldContain($"127.0.0.1:{port}");
        run.Error.ShouldContain("cannot be reached: Connection refused");
        run.Error.ShouldContain("state:  nothing changed");
    }

    [Fact]
    public async Task A_server_that_is_silent_ends_the_wait_and_says_what_is_not_known()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var run = (await TypeAsync($"unlock shop --timeout 300ms --server http://{silent.LocalEndpoint}")).ShouldExit(ExitCode.Away);
        run.Error.ShouldContain("did not answer POST /api/v1/apps/shop/unlock within 0.3 s");
        run.Error.ShouldContain("state:  it is not known whether anything changed");
    }

    [Fact]
    public async Task Names_that_cannot_be_are_refused_without_a_request() =>
        (await TypeAsync("status Shop/../x --server http://127.0.0.1:1")).ShouldExit(ExitCode.Usage);

    [Theory]
    [InlineData("app", "did you mean shifter apps?")]
    [InlineData("rollout wacth shop", "did you mean shifter rollout watch?")]
    [InlineData("rollback shop --severe", "did you mean --sever?")]
    [InlineData("apps --otput json", "did you mean --output?")]
    public async Task A_typing_error_gets_the_word_that_was_meant(string commandLine, string expected) =>
        (await TypeAsync(commandLine)).ShouldExit(ExitCode.Usage).Error.ShouldContain(expected);

    [Fact]
    public async Task What_others_wrote_moves_no_cursor()
    {
        await Server.PutAsync("/api/v1/apps/shop/weights", """{"blue":90,"green":10,"reason":"\u001b[2J\u001b]0;owned\u0007\nred"}""");
        foreach (var command in new[] { "weights get shop", "history --app shop", "apps" })
        {
            var run = (await TypeAsync(command)).ShouldExit(ExitCode.Done);
            run.Out.ShouldNotContain("\u001b");
            run.Out.ShouldNotContain("\u0007");
        }
    }

    [Fact]
    public async Task Piped_there_are_no_escape_codes_and_at_a_terminal_NO_COLOR_is_heeded()
    {
        (await TypeAsync("rollback shop")).ShouldExit(ExitCode.Done);
        Server.LoadBalancer.Fail(new LoadBalancerException("HAProxy does not answer"));
        await Server.EventuallyAsync("/api/v1/apps/shop/status", s => s["nodes"]![0]!["progress"]!.GetValue<string>() == "failing", "the node failing");
        using var person = AtTerminal(width: 80);
        (await person.TypeAsync("status shop")).Out.ShouldContain("\u001b[31m");
        (await TypeAsync("status shop")).Out.ShouldNotContain("\u001b");
        (await person.TypeAsync("status shop --no-color")).Out.ShouldNotContain("\u001b");
        person.Variables["NO_COLOR"] = "1";
        (await person.TypeAsync("status shop")).Out.ShouldNotContain("\u001b");
    }
}
