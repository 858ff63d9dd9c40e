using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class AppsTests : IAsyncLifetime
{
    private RunningServer _server = null!;
    private User _user = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
        _user = User.Of(_server);
    }

    public async Task DisposeAsync()
    {
        _user.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Json_is_the_document_of_the_API_unchanged() =>
        (await _user.TypeAsync("apps -o json")).ShouldExit(ExitCode.Done).Out.ShouldBe((await _server.GetAsync("/api/v1/apps")).Text + Environment.NewLine);

    [Fact]
    public async Task Names_come_one_a_line() =>
        (await _user.TypeAsync("apps list -o name")).ShouldExit(ExitCode.Done).Out.ShouldBe("shop" + Environment.NewLine);
}
