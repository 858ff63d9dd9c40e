using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Consul;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Judging;
using TrafficShifter.Testing;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Server.Tests.Judging;

/// <summary>What judges know, in a real Consul: how much of it goes into a transaction, and who goes on with it.</summary>
public sealed class JudgeCheckpointsTests(ConsulFixture consul) : IClassFixture<ConsulFixture>, IAsyncLifetime
{
    private const string Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h";
    private static readonly AppName Shop = AppName.Parse("shop");
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly ManualTime _time = new();
    private readonly HttpClient _http = ConsulClient.CreateHttp();
    private ConsulClient _client = null!;
    private ConsulTrafficStore _store = null!;

    public Task InitializeAsync()
    {
        _client = new ConsulClient(new ConsulOptions { Address = consul.Consul.Address, Prefix = consul.NewPrefix() }, _http, TimeProvider.System);
        _store = OpenStore(_client);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _http.Dispose();
    }

    /// <summary>Consul takes 512 KB in a transaction, and a value is a third longer there than it is.</summary>
    [Fact]
    public async Task Any_number_of_judges_of_the_largest_size_is_written()
    {
        using var controller = await LeadAsync("one");
        var largest = Largest();
        DocumentJson.Write(largest).Length.ShouldBeGreaterThan(6_000);
        var apps = Enumerable.Range(0, 100).Select(i => AppName.Parse($"app-{i}")).ToList();

        foreach (var app in apps) controller.Checkpoints.Offer(app, largest);

        await controller.SeeAsync(async () => (await _store.ListAsync("judge/", CancellationToken.None)).Entries.Count == apps.Count, "all states in Consul");
    }

    [Fact]
    public async Task A_controller_that_takes_over_goes_on_with_the_very_same_evidence_and_the_one_before_writes_no_more()
    {
        using var first = await LeadAsync("one");
        var judge = Some();
        Observe(judge, 1, 40);
        first.Checkpoints.Offer(Shop, judge.Save(Rollout));
        await first.SeeAsync(() => IsWrittenAsync(judge), "the first controller's state");

        await first.Lease.ReleaseAsync(CancellationToken.None);
        using var second = await LeadAsync("two");
        var taken = (await second.Checkpoints.FindAsync(Shop, Rollout, CancellationToken.None)).ShouldNotBeNull();
        DocumentJson.Write(taken.Save(Rollout)).ShouldBe(DocumentJson.Write(judge.Save(Rollout)));
        Observe(taken, 39, 40).ShouldBe(judge.Wait(TimeSpan.Zero), "a tile that the first one counted changes nothing");
        Observe(taken, 40, 60).ShouldBe(Observe(judge, 40, 60));

        // The first has counted on, and does not know yet that it leads no more.
        (await first.Checkpoints.WriteAsync(Shop, judge.Save(Rollout), first.Fence, CancellationToken.None)).ShouldBeFalse();
        second.Checkpoints.Offer(Shop, taken.Save(Rollout));
        await second.SeeAsync(() => IsWrittenAsync(taken), "the second controller's state");
        (await second.Checkpoints.FindAsync(Shop, "shop-another", CancellationToken.None)).ShouldBeNull("it is another rollout's");
    }

    private static ConsulTrafficStore OpenStore(ConsulClient client) => new(client, TimeProvider.System);

    private static Judge Some() => Judge.Start(new JudgeBaseline { ErrorRatio = 0.001, Phi = 1.3, Latency = [Test(LatencyQuantile.P50, 0.1), Test(LatencyQuantile.P90, 0.25), Test(LatencyQuantile.P99, 0.5)] }
        .Apply(new JudgeConstants { Tick = TimeSpan.FromSeconds(1) }));

    private static LatencyTest Test(LatencyQuantile quantile, double seconds) => new() { Quantile = quantile, AboveSeconds = seconds };

    /// <summary>The shortest ticks fill the longest window, and everything is a number of many digits.</summary>
    private static JudgeState Largest()
    {
        var judge = Some();
        Observe(judge, 1, 500);
        return judge.Save(Rollout);
    }

    /// <summary>The same ticks of one second for everybody.</summary>
    private static JudgeVerdict Observe(Judge judge, int from, int to)
    {
        var verdict = default(JudgeVerdict);
        for (var i = from; i < to; i++)
            verdict = judge.Observe(new JudgeTick
            {
                At = Noon.AddSeconds(i), Length = TimeSpan.FromSeconds(1), Step = 1, Share = Share.Parse("10%"), Errors = new(1_000 + i, i % 3, 9_000 - i, 20 + i % 7),
                Slow50 = new(1_000, 500 + i % 5, 9_000, 4_500), Slow90 = new(1_000, 100 + i % 4, 9_000, 900), Slow99 = new(1_000, 10 + i % 3, 9_000, 90),
            });
        return verdict;
    }

    private async Task<bool> IsWrittenAsync(Judge judge) => (await _store.FindAsync(Keys.JudgeOf(Shop), CancellationToken.None))?.Value == DocumentJson.Write(judge.Save(Rollout));

    private async Task<Controller> LeadAsync(string name)
    {
        var lease = new ConsulLeaderLease(_client, name, _time);
        (await lease.TurnAsync(CancellationToken.None)).ShouldBe(new LeaseTurn.Leading(New: true));
        var checkpoints = new JudgeCheckpoints(_store, lease, _time, NullLogger<JudgeCheckpoints>.Instance);
        await checkpoints.StartAsync(CancellationToken.None);
        return new Controller(checkpoints, lease, lease.Fence!, _time);
    }

    /// <summary>One process that leads. It beats, and its clock goes on, while something is waited for.</summary>
    private sealed record Controller(JudgeCheckpoints Checkpoints, ConsulLeaderLease Lease, LeaderFence Fence, ManualTime Time) : IDisposable
    {
        public async Task SeeAsync(Func<Task<bool>> expected, string theEvent)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!await expected())
            {
                if (patience.IsCancellationRequested) throw new TimeoutException($"after 30 s still missing: {theEvent}");
                await Lease.TurnAsync(CancellationToken.None);
                Time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        public void Dispose()
        {
            Checkpoints.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
            Checkpoints.Dispose();
        }
    }
}
