using System.Net;
using System.Text;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Cli.Tests;

/// <summary>Applications in every standing, as the API tells them; and an address where no API is.</summary>
public sealed class FleetTableTests : IDisposable
{
    private const string Fleet = """
        {"index":57,"nodes":12,"live":12,"rows":[
        {"app":"blog","stable":"green","green":"100%","standing":"quiet","sentence":"blue 0% / green 100%","observed":12,"index":9},
        {"app":"cart","owners":["payments"],"stable":"blue","green":"10%","standing":"held","sentence":"214 of about 500 requests","observed":12,"index":41},
        {"app":"checkout","owners":["payments"],"stable":"blue","green":"10%","standing":"waiting","sentence":"waits for approval to go to 50%","observed":12,"index":42},
        {"app":"search","stable":"blue","green":"0%","lock":"blue","standing":"rolledBack","sentence":"errors: 0.041 is beyond max 0.01","observed":12,"index":43}]}
        """;

    private readonly HttpListener _server = new();
    private readonly User _user = new();

    public FleetTableTests()
    {
        var address = $"http://127.0.0.1:{FreePorts.Take()}/";
        _server.Prefixes.Add(address);
        _server.Start();
        _user.Variables["SHIFTER_ADDR"] = address;
        _ = AnswerAsync();
    }

    [Fact]
    public async Task What_needs_a_person_comes_first()
    {
        var run = (await _user.TypeAsync("apps")).ShouldExit(ExitCode.Done);
        run.Out.ShouldBe(string.Join(Environment.NewLine,
            "APP       STABLE  TRAFFIC       STATE       SINCE  WHY",
            "checkout  ●blue   ●90 ▲10       ✋ waiting  -      waits for approval to go to 50%",
            "search    ●blue   ●100 ▲0 lock  ↩ back      -      errors: 0.041 is beyond max 0.01",
            "cart      ●blue   ●90 ▲10       ⧗ held      -      214 of about 500 requests",
            "blog      ▲green  ●0 ▲100       quiet       -      blue 0% / green 100%", ""));
    }

    [Theory]
    [InlineData("apps --state attention -o name", "checkout search cart")]
    [InlineData("apps list --owner payments -o name", "checkout cart")]
    [InlineData("apps --state quiet -o name", "blog")]
    [InlineData("apps --state moving -o name", "")]
    public async Task It_is_filtered_by_state_and_owner(string commandLine, string expected) =>
        (await _user.TypeAsync(commandLine)).ShouldExit(ExitCode.Done).Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public async Task A_page_where_the_API_should_be_is_no_bug_of_this_program() =>
        (await _user.TypeAsync("plan get standard")).ShouldExit(ExitCode.Away).Error.ShouldContain("something else than the API answers at this address: <html>");

    public void Dispose()
    {
        ((IDisposable)_server).Dispose();
        _user.Dispose();
    }

    private async Task AnswerAsync()
    {
        while (_server.IsListening)
        {
            try
            {
                var asked = await _server.GetContextAsync();
                await asked.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(asked.Request.Url!.AbsolutePath == "/api/v1/fleet" ? Fleet : "<html>sign in</html>"));
                asked.Response.Close();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
