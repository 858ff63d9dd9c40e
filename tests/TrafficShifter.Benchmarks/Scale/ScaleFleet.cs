using TrafficShifter.Consul;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>Applications in a canary of 10 % on `weights` routing, one backend with two servers each, written into the store as the api writes them.</summary>
internal static class ScaleFleet
{
    private const int KeysOfOne = 4;
    private static readonly Weights Canary = Weights.AllOn(Colour.Blue) with { Blue = 90, Green = 10, By = "anna", Reason = "release 42", At = DateTimeOffset.UtcNow };

    public static string Name(int app) => $"app-{app:D5}";

    public static IReadOnlyList<HAProxyBackend> Backends(int apps) =>
        [.. Enumerable.Range(0, apps).Select(app => new HAProxyBackend(Name(app), [$"{Name(app)}.example.com"], [new HAProxyServer("blue1", 1, Checked: false), new HAProxyServer("green1", 2, Checked: false)]))];

    public static ConsulTrafficStore Open(Uri consul) =>
        new(new ConsulClient(new ConsulOptions { Address = consul }, ConsulClient.CreateHttp(), TimeProvider.System), TimeProvider.System);

    public static async Task WriteAsync(Uri consul, int apps, CancellationToken cancellationToken)
    {
        await using var store = Open(consul);
        foreach (var some in Enumerable.Range(0, apps).Chunk(ChangeSet.MaxOperations / KeysOfOne))
            await CommitAsync(store, [.. some.SelectMany(Documents)], cancellationToken);
        await CommitAsync(store, [FeedSlot.Begin("bench", 0, 1).Tell([])], cancellationToken);
    }

    /// <summary>Takes all locks away, as if each had been unlocked, and tells the followers by a hole in the feed that everything is to be read.</summary>
    /// <param name="rollback">Id of the rollback that is over: agents that it was given to directly forget it.</param>
    public static async Task UnlockAsync(Uri consul, int apps, int round, string rollback, CancellationToken cancellationToken)
    {
        await using var store = Open(consul);
        var state = DocumentJson.Write(new AppState { Stable = Colour.Blue, OverrideAck = rollback });
        foreach (var some in Enumerable.Range(0, apps).Chunk(ChangeSet.MaxOperations))
            await CommitAsync(store, [.. some.Select(app => new Change.Set(Keys.StateOf(AppName.Parse(Name(app))), state))], cancellationToken);
        await CommitAsync(store, [FeedSlot.Begin("bench", (round + 1) * FeedEntry.Slots * 2, 1).Tell([])], cancellationToken);
    }

    public static async Task CommitAsync(ConsulTrafficStore store, IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        if (await store.CommitAsync(ChangeSet.Empty.With([.. changes]), cancellationToken) is not CommitResult.Committed) throw new PeerException("Consul did not take the documents of the bench");
    }

    private static IEnumerable<Change> Documents(int number)
    {
        var app = AppName.Parse(Name(number));
        var definition = new AppDefinition { Name = app, Owners = [$"team-{number % 40}"], Routing = new Routing { Backend = ProxyName.Parse(app.Value) }.WithDefaults() };
        yield return new Change.Put(Keys.App(app), DocumentJson.Write(definition), 0);
        // The weights name the history entry that tells of them: without it they would be somebody's edit by hand.
        var note = new ChangeNote($"{number:D26}", "anna", Canary.Reason, Canary.At!.Value);
        yield return new Change.Put(Keys.WeightsOf(app), DocumentJson.Write(Canary with { Change = note.Id }), 0);
        yield return note.Entry(app, "weights.set", $"{Canary.Describe()} by anna", null, Canary);
        yield return new Change.Put(Keys.StateOf(app), DocumentJson.Write(new AppState { Stable = Colour.Blue }), 0);
    }
}
