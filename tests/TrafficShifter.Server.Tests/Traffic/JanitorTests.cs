using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Tests.Embedded;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>The worker that takes away what is past its retention, on a clock that the test moves.</summary>
public sealed class JanitorTests : IDisposable
{
    private const string Chunk = "target-chunks/shop/01JD0000000000000000000000/0";
    private readonly StoreFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly EmbeddedTrafficStore _store;
    private readonly SingleProcessLease _lease;

    public JanitorTests()
    {
        _store = _folder.Open();
        _lease = new SingleProcessLease(_store, "janitor", _time);
    }

    [Fact]
    public async Task It_cleans_by_itself_every_ten_minutes_while_this_process_leads()
    {
        await _store.CommitAsync(ChangeSet.Empty.With(new Change.Set(Chunk, "{}")), CancellationToken.None);
        using var janitor = new Janitor(_store, _lease, _time, NullLogger<Janitor>.Instance);
        await janitor.StartAsync(CancellationToken.None);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await _store.FindAsync(Chunk, patience.Token) is not null)
        {
            // It leads for 4 s after each turn.
            await _lease.TurnAsync(patience.Token);
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(1, patience.Token);
        }

        (_time.GetUtcNow() - _time.Start).ShouldBeGreaterThan(TimeSpan.FromMinutes(20) - TimeSpan.FromSeconds(2), "it was found twice");
        await janitor.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Within_six_turns_each_application_has_only_the_history_that_is_kept()
    {
        var identifiers = new Identifiers(_time);
        foreach (var app in (string[])["shop", "cart", "pay"])
            for (var n = 0; n <= Retention.HistoryPerApp; n++)
                await _store.CommitAsync(ChangeSet.Empty.With(new Change.Set($"history/{app}/{(n == 0 ? app : identifiers.Next())}", "{}")), CancellationToken.None);
        using var janitor = new Janitor(_store, _lease, _time, NullLogger<Janitor>.Instance);
        await _lease.TurnAsync(CancellationToken.None);

        for (var turn = 0; turn < 6; turn++) await janitor.CleanAsync(CancellationToken.None);

        foreach (var app in (string[])["shop", "cart", "pay"])
        {
            var left = await _store.ListNamesAsync($"history/{app}/", CancellationToken.None);
            left.Count.ShouldBe(Retention.HistoryPerApp);
            left.ShouldNotContain($"history/{app}/{app}", "it was written first");
        }
    }

    public void Dispose() => _folder.Dispose();
}
