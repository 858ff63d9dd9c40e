using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.BadInput;

/// <summary>One server for all tests of a class, with "shop" registered. Bad input must leave no trace, so the tests do not disturb each other.</summary>
public sealed class BadInputFixture : IAsyncLifetime
{
    private int _sent;

    internal RunningServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await RunningServer.StartNewAsync();
        await Server.RegisterShopAsync();
        Server.LoadBalancer.HAProxy.WeightSet += _ => Interlocked.Increment(ref _sent);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Sends a request that must be refused: nothing is written to the store, nothing is sent to the load balancer.</summary>
    internal async Task<Answer> RefusedAsync(Func<RunningServer, Task<Answer>> send)
    {
        var (before, sent) = (await ListAsync(), _sent);
        var answer = await send(Server);
        ((int)answer.Status).ShouldBeGreaterThanOrEqualTo(400, answer.Text);
        (await ListAsync()).ShouldBe(before, "nothing is written");
        _sent.ShouldBe(sent, "nothing is sent to the load balancer");
        return answer;
    }

    /// <summary>Everything that decides or records something; signs of life come and go by themselves.</summary>
    internal async Task<IReadOnlyList<Entry>> ListAsync()
    {
        var listing = await Server.Store.ListAsync("", CancellationToken.None);
        return [.. listing.Entries.Where(e => e.Session is null && !e.Key.StartsWith("nodes/", StringComparison.Ordinal))];
    }

    internal Task<Answer> RefusedAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers) =>
        RefusedAsync(server => server.SendAsync(method, path, body, headers));
}
