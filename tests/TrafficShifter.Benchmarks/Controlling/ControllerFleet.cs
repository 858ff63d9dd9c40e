using System.Collections.Immutable;
using System.Text.Json;
using TrafficShifter.Consul;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Benchmarks.Controlling;

/// <summary>Applications on `map` routing that share a pool, each with a rollout that is about to begin: written into the store as the api writes them.</summary>
internal sealed class ControllerFleet(Uri consul, int size) : IAsyncDisposable
{
    public const string Pool = "web";

    /// <summary>What a team would write who counts its own requests: the part that failed, on the side that is moved to.</summary>
    public const string Query =
        """sum(increase(bench_failed_total{app="{{app}}",colour="{{colour}}"}[{{window}}])) / sum(increase(bench_handled_total{app="{{app}}",colour="{{colour}}"}[{{window}}]))""";

    public const string ReadyMade = "error-ratio";
    public const string Own = "own-ratio";

    private const int AtOnce = 15;
    private readonly ConsulTrafficStore _store = new(new ConsulClient(new ConsulOptions { Address = consul }, ConsulClient.CreateHttp(), TimeProvider.System), TimeProvider.System);
    private readonly Identifiers _identifiers = new(TimeProvider.System);

    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(5);

    public IReadOnlyList<AppName> Apps { get; } = [.. Enumerable.Range(0, size).Select(i => AppName.Parse(NameOf(i)))];

    public static string NameOf(int app) => $"app-{app:D5}";

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var plan = ((PlanParsing.Good)PlanParser.Parse($$"""
            { "steps": [{ "share": "20%", "hold": "1h" }], "stepDeadline": "2h",
              "checks": ["{{ReadyMade}}", { "name": "{{Own}}", "query": {{JsonSerializer.Serialize(Query)}}, "max": 0.01, "window": "30s", "interval": "5s" }],
              "judge": {} }
            """)).Plan;
        foreach (var some in Apps.Chunk(AtOnce))
        {
            var index = await CommitAsync(some.SelectMany(Register), cancellationToken);
            await CommitAsync(some.SelectMany(app => Begin(app, plan, index)), cancellationToken);
        }
    }

    /// <summary>The rollouts as they were saved last.</summary>
    public async Task<IReadOnlyList<Rollout>> ReadAsync(CancellationToken cancellationToken)
    {
        var found = new List<Rollout>(Apps.Count);
        foreach (var some in Apps.Chunk(50))
            foreach (var listing in await Task.WhenAll(some.Select(app => _store.ListAsync(Keys.RolloutsOf(app), cancellationToken))))
                found.AddRange(listing.Entries.Select(e => Reading.Of<Rollout>(e).Find()).OfType<Rollout>());
        return found;
    }

    /// <summary>The last tile of each judge as it was saved last.</summary>
    public async Task<IReadOnlyList<DateTimeOffset?>> ReadJudgesAsync(CancellationToken cancellationToken) =>
        [.. (await _store.ListAsync(Keys.Judges, cancellationToken)).Entries.Select(e => Reading.Of<Core.Judging.JudgeState>(e).Find()?.LastSample)];

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private async Task<ulong> CommitAsync(IEnumerable<Change> changes, CancellationToken cancellationToken) =>
        await _store.CommitAsync(ChangeSet.Empty.With([.. changes]), cancellationToken) is CommitResult.Committed committed ? committed.Index : throw new PeerException("Consul did not take the applications");

    private IEnumerable<Change> Register(AppName app)
    {
        var change = _identifiers.Next();
        var definition = new AppDefinition { Name = app, Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse(Pool) }.WithDefaults() };
        yield return new Change.Put(Keys.App(app), DocumentJson.Write(definition), 0);
        yield return new Change.Put(Keys.WeightsOf(app), DocumentJson.Write(Weights.AllOn(Colour.Blue) with { By = "bench", At = DateTimeOffset.UtcNow, Change = change }), 0);
        yield return new Change.Put(Keys.StateOf(app), DocumentJson.Write(new AppState { Stable = Colour.Blue }), 0);
        yield return new Change.Set(Keys.HistoryEntry(app, change), DocumentJson.Write(new HistoryEntry { Id = change, App = app, Kind = "app.created", By = "bench", At = DateTimeOffset.UtcNow, Sentence = "created" }));
    }

    private ImmutableList<Change> Begin(AppName app, Plan plan, ulong index)
    {
        var state = new AppState { Stable = Colour.Blue };
        var rollout = RolloutEngine.Create(RolloutId.Of(app, _identifiers.Next()), plan, state, index, "bench", null, DateTimeOffset.UtcNow);
        return RolloutChanges.Create(rollout, state, index, _identifiers.Next()).Changes;
    }
}
