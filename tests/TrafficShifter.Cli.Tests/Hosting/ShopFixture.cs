using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Cli.Tests.Hosting;

/// <summary>A live server that knows "shop", all traffic on blue, and a user who is signed in to it as a pipeline is.</summary>
public abstract class ShopFixture : IAsyncLifetime
{
    private protected ShopFixture(bool manualTime = false) => Time = manualTime ? new ManualTime() : null;

    private protected RunningServer Server { get; private set; } = null!;

    private protected User User { get; private set; } = null!;

    /// <summary>The server's clock, where the test moves it; null: it is the system's.</summary>
    private protected ManualTime? Time { get; }

    public async Task InitializeAsync()
    {
        Server = await RunningServer.StartNewAsync(Time);
        await Server.RegisterShopAsync();
        User = User.Of(Server);
    }

    public async Task DisposeAsync()
    {
        User.Dispose();
        await Server.DisposeAsync();
    }

    private protected Task<Run> TypeAsync(string commandLine, string input = "") => User.TypeAsync(commandLine, input);

    /// <summary>The same user at a terminal.</summary>
    private protected User AtTerminal(int? width = null) => User.Of(Server, atTerminal: true, width);

    private protected string WriteFile(string name, string text)
    {
        var path = Path.Combine(User.Home, name);
        File.WriteAllText(path, text);
        return path;
    }
}
