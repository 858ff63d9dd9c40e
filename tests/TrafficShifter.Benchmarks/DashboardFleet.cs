using TrafficShifter.Consul;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>Thousands of applications, written into the store as the api writes them, before a server looks at it.</summary>
internal static class DashboardFleet
{
    private const int KeysOfOne = 3;

    public static string Name(int app) => $"app-{app:D5}";

    public static HAProxyBackend Backend(int app) => new(Name(app), [$"{Name(app)}.example.com"], [new HAProxyServer("blue1", 1, Checked: false), new HAProxyServer("green1", 2, Checked: false)]);

    public static async Task WriteAsync(Uri consul, int apps, CancellationToken cancellationToken)
    {
        await using var store = new ConsulTrafficStore(new ConsulClient(new ConsulOptions { Address = consul }, ConsulClient.CreateHttp(), TimeProvider.System), TimeProvider.System);
        foreach (var some in Enumerable.Range(0, apps).Chunk(ChangeSet.MaxOperations / KeysOfOne))
        {
            var changes = ChangeSet.Empty.With([.. some.SelectMany(Documents)]);
            if (await store.CommitAsync(changes, cancellationToken) is not CommitResult.Committed) throw new PeerException("Consul did not take the applications");
        }
    }

    private static IEnumerable<Change> Documents(int number)
    {
        var app = AppName.Parse(Name(number));
        var definition = new AppDefinition { Name = app, Owners = [$"team-{number % 40}"], Routing = new Routing { Backend = ProxyName.Parse(app.Value) }.WithDefaults() };
        var weights = Weights.AllOn(Colour.Blue) with { Blue = 100 - number % 7, Green = number % 7, By = "anna", Reason = "release 42", At = DateTimeOffset.UtcNow };
        yield return new Change.Put(Keys.App(app), DocumentJson.Write(definition), 0);
        yield return new Change.Put(Keys.WeightsOf(app), DocumentJson.Write(weights), 0);
        yield return new Change.Put(Keys.StateOf(app), DocumentJson.Write(new AppState { Stable = Colour.Blue }), 0);
    }
}
