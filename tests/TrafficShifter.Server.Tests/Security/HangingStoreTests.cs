using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>A store that hangs holds up finding out who calls for one second, by the clock, and no longer: they may want to roll back.</summary>
public sealed class HangingStoreTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        _time.Advance(TimeSpan.FromSeconds(2));
        _server.Store.Hangs = key => key == "tokens/" || (key.StartsWith("sessions/", StringComparison.Ordinal) && key.Length > "sessions/".Length);
    }

    public async Task DisposeAsync()
    {
        _server.Store.Hangs = null;
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Asked_about_a_token() =>
        (await OneSecondAsync(_server.Services.GetRequiredService<Tokens>().FindAsync(TokenSecret.New(), mayAsk: true, CancellationToken.None))).ShouldBeNull();

    [Fact]
    public async Task Asked_about_a_cookie() =>
        (await OneSecondAsync(_server.Services.GetRequiredService<Sessions>().FindAsync(TokenSecret.New(), mayAsk: true, CancellationToken.None))).Standing.ShouldBe(SessionStanding.NotAsked);

    [Fact]
    public async Task Told_of_a_sign_in() =>
        (await OneSecondAsync(_server.Services.GetRequiredService<Sessions>().TryOpenAsync(_server.Services.GetRequiredService<Tokens>().Known.All[0], CancellationToken.None))).ShouldNotBeNull();

    private async Task<T> OneSecondAsync<T>(Task<T> asked)
    {
        asked.IsCompleted.ShouldBeFalse("the store hangs");
        _time.Advance(LoginLimits.Patience - TimeSpan.FromTicks(1));
        asked.IsCompleted.ShouldBeFalse("a moment before the second is over");
        _time.Advance(TimeSpan.FromTicks(1));
        await Awaiting.ForAsync(asked, "the end of the second");
        LoginLimits.Patience.ShouldBe(TimeSpan.FromSeconds(1));
        return await asked;
    }
}
